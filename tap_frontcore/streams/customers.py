"""Customers and their contact persons."""

from __future__ import annotations

from types import MappingProxyType

from singer_sdk import typing as th
from typing_extensions import override

from tap_frontcore.streams.base import FrontcoreStream
from tap_frontcore.streams.types import ANY_LIST, CREATED_AT, ID, UPDATED_AT, schema_of

_ADDRESS = th.ObjectType(
    th.Property("address", th.StringType, description="First line of the street address"),
    th.Property("address_2", th.StringType, description="Second line of the street address"),
    th.Property("address_3", th.StringType, description="Third line of the street address"),
    th.Property("zipcode", th.StringType, description="Postal code"),
    th.Property("city", th.StringType, description="City or postal town"),
)
_TEXTS_BY_NAME = th.CustomType(
    {"type": ["object", "null"], "additionalProperties": {"type": ["string", "null"]}}
)


class CustomersStream(FrontcoreStream):
    """The companies and private persons that buy courses.

    Known from a complete documented sample.
    """

    name = "customers"
    path = "/customers"
    replication_key = "updated_at"
    references_by_analogy = MappingProxyType({"idParentCustomer": "customers"})
    narrowed_by = ("since_id", "created_at_min", "created_at_max")
    schema = schema_of(
        ID,
        th.Property("title", th.StringType, description="Name of the customer"),
        th.Property("department", th.StringType, description="Department of the customer"),
        th.Property("phone", th.StringType, description="Phone number"),
        th.Property("fax", th.StringType, description="Fax number"),
        th.Property("email", th.StringType, description="Email address"),
        th.Property("webaddress", th.StringType, description="Website"),
        th.Property("orgnr", th.StringType, description="Organisation number"),
        th.Property("invoice_email", th.StringType, description="Email address for invoices"),
        th.Property("customer_reference_id", th.StringType, description="Own customer number"),
        th.Property("customer_reference", th.StringType, description="Person to refer to"),
        th.Property("note", th.StringType, description="Note of the training provider"),
        th.Property("idStatus", th.StringType, description="Status: 1 active, 2 deactivated"),
        th.Property("turnover", th.StringType, description="Turnover; undocumented, so as text"),
        th.Property("idParentCustomer", th.IntegerType, description="Id of the parent customer"),
        th.Property("invoice_method", th.StringType, description="Invoicing, e.g. electronic"),
        th.Property(
            "country",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id of the country"),
                th.Property("title", th.StringType, description="Name, in the account's language"),
                th.Property("code", th.StringType, description="ISO 3166-1 alpha-2 code"),
            ),
            description="Country of the customer",
        ),
        th.Property("status", th.StringType, description="Status in words; rely on idStatus"),
        th.Property("type", th.StringType, description="Private or Company"),
        th.Property(
            "employees",
            ANY_LIST,
            description="Employees: always sent for Private, for Company if include_employees",
        ),
        th.Property("duedate_days", th.IntegerType, description="Days until an invoice is due"),
        th.Property("seller", th.StringType, description="Seller; undocumented, so as text"),
        th.Property("invoice_address", _ADDRESS, description="Address for invoices"),
        th.Property("post_address", _ADDRESS, description="Postal address"),
        th.Property("visit_address", _ADDRESS, description="Address for visits"),
        th.Property(
            "custom_properties", _TEXTS_BY_NAME, description="The account's own fields, by name"
        ),
        CREATED_AT,
        UPDATED_AT,
    )

    @override
    def query_params(self) -> dict[str, str]:
        employees = {"include[]": "employees"} if self.config["include_employees"] else {}
        return super().query_params() | employees


class CustomerContactsStream(FrontcoreStream):
    """The contact persons of all customers.

    Known from a complete documented sample.
    """

    name = "customer_contacts"
    path = "/customers/contacts"
    replication_key = "updated_at"
    references = MappingProxyType({"customer_id": "customers"})
    schema = schema_of(
        ID,
        th.Property("customer_id", th.IntegerType, description="Id of the customer"),
        th.Property("firstname", th.StringType, description="First name"),
        th.Property("lastname", th.StringType, description="Last name"),
        th.Property("email", th.StringType, description="Email address"),
        th.Property("phone", th.StringType, description="Phone number"),
        th.Property("position", th.StringType, description="Position at the customer"),
        CREATED_AT,
        UPDATED_AT,
    )

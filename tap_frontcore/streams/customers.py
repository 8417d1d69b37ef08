"""Customers and their contact persons."""

from __future__ import annotations

from types import MappingProxyType

from singer_sdk import typing as th
from typing_extensions import override

from tap_frontcore.singer.privacy import ALWAYS, EMAIL, NO, PRIVATE
from tap_frontcore.streams.base import FrontcoreStream
from tap_frontcore.streams.types import ANY_LIST, CREATED_AT, ID, UPDATED_AT, column, schema_of

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
    company = ("type", "Company")
    schema = schema_of(
        ID,
        column("title", th.StringType, PRIVATE, "Name of the customer"),
        column("department", th.StringType, PRIVATE, "Department of the customer"),
        column("phone", th.StringType, PRIVATE, "Phone number"),
        column("fax", th.StringType, PRIVATE, "Fax number"),
        column("email", th.StringType, EMAIL, "Email address"),
        column("webaddress", th.StringType, PRIVATE, "Website"),
        column("orgnr", th.StringType, PRIVATE, "Organisation number"),
        column("invoice_email", th.StringType, EMAIL, "Email address for invoices"),
        column("customer_reference_id", th.StringType, NO, "Own customer number"),
        column("customer_reference", th.StringType, ALWAYS, "Person to refer to"),
        column("note", th.StringType, ALWAYS, "Note of the training provider"),
        column("idStatus", th.StringType, NO, "Status: 1 active, 2 deactivated"),
        column("turnover", th.StringType, PRIVATE, "Turnover; undocumented, so as text"),
        column("idParentCustomer", th.IntegerType, NO, "Id of the parent customer"),
        column("invoice_method", th.StringType, NO, "Invoicing, e.g. electronic"),
        column(
            "country",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id of the country"),
                th.Property("title", th.StringType, description="Name, in the account's language"),
                th.Property("code", th.StringType, description="ISO 3166-1 alpha-2 code"),
            ),
            NO,
            "Country of the customer",
        ),
        column("status", th.StringType, NO, "Status in words; rely on idStatus"),
        column("type", th.StringType, NO, "Private or Company"),
        column(
            "employees",
            ANY_LIST,
            ALWAYS,
            "Employees: always sent for Private, for Company if include_employees",
        ),
        column("duedate_days", th.IntegerType, NO, "Days until an invoice is due"),
        column("seller", th.StringType, ALWAYS, "Seller; undocumented, so as text"),
        column("invoice_address", _ADDRESS, PRIVATE, "Address for invoices"),
        column("post_address", _ADDRESS, PRIVATE, "Postal address"),
        column("visit_address", _ADDRESS, PRIVATE, "Address for visits"),
        column("custom_properties", _TEXTS_BY_NAME, ALWAYS, "The account's own fields, by name"),
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
        column("customer_id", th.IntegerType, NO, "Id of the customer"),
        column("firstname", th.StringType, ALWAYS, "First name"),
        column("lastname", th.StringType, ALWAYS, "Last name"),
        column("email", th.StringType, EMAIL, "Email address"),
        column("phone", th.StringType, ALWAYS, "Phone number"),
        column("position", th.StringType, ALWAYS, "Position at the customer"),
        CREATED_AT,
        UPDATED_AT,
    )

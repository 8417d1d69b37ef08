"""Participants, orders and products."""

from __future__ import annotations

from types import MappingProxyType

from singer_sdk import typing as th

from tap_frontcore.streams.base import FrontcoreStream, PreviewStream
from tap_frontcore.streams.types import (
    ANY_LIST,
    ANY_OBJECT,
    CREATED_AT,
    ID,
    ID_AND_TITLE,
    UPDATED_AT,
    schema_of,
)


class ParticipantsStream(PreviewStream):
    """Who takes part in which course date.

    Known in part: the first fields are documented, the rest is from public clients.
    """

    name = "participants"
    path = "/participants"
    references = MappingProxyType({"course.id": "courses", "coursedate.id": "course_dates"})
    references_by_analogy = MappingProxyType({"coursedate.location.id": "locations"})
    schema = schema_of(
        ID,
        th.Property("completed", th.BooleanType, description="Whether the course was completed"),
        th.Property("certificate_issued_at", th.DateType, description="Day of the certificate"),
        th.Property("archived_at", th.DateTimeType, description="When it was archived, in UTC"),
        th.Property("booker_admin_user", th.StringType, description="Who booked, if an admin user"),
        th.Property("booker_name", th.StringType, description="Name of who booked"),
        th.Property("booker_email", th.StringType, description="Email address of who booked"),
        th.Property("booker_phone", th.StringType, description="Phone number of who booked"),
        th.Property("booker_language_id", th.StringType, description="Language of the booker"),
        th.Property(
            "status",
            th.ObjectType(
                th.Property("title", th.StringType, description="In words"),
                th.Property("status_code", th.StringType, description="As a code"),
            ),
            description=(
                "Status: 1 confirmed, 2 overbooked, 3 waiting list, 4 deregistered, "
                "7 unconfirmed, 8 deregistered with fee"
            ),
        ),
        th.Property("paid", ANY_OBJECT, description="Whether it is paid"),
        th.Property("user", ANY_OBJECT, description="The person"),
        th.Property("course", ANY_OBJECT, description="The course: id, title, reference"),
        th.Property("coursedate", ANY_OBJECT, description="The course date: id, days, location"),
        CREATED_AT,
    )


class OrdersStream(PreviewStream):
    """What customers have ordered; lines and totals go to `additional_properties`.

    Known from the first fields of a row; lines, totals and times were never seen.
    """

    name = "orders"
    path = "/orders"
    references = MappingProxyType({"customer.id": "customers"})
    # Without it, orders already exported to accounting are left out.
    params = MappingProxyType({"exported": "true"})
    schema = schema_of(
        ID,
        th.Property("title", th.StringType, description="Title"),
        th.Property("title_detailed", th.StringType, description="Title with details"),
        th.Property("is_paid", th.BooleanType, description="Whether it is paid"),
        th.Property("payment_method", th.StringType, description="How it is paid"),
        th.Property("your_reference", th.StringType, description="The customer's reference"),
        th.Property("booker", th.StringType, description="Who ordered; undocumented, so as text"),
        th.Property("gln_number", th.StringType, description="Global Location Number"),
        th.Property("customer", ANY_OBJECT, description="The customer, as in customers"),
    )


class ProductsStream(FrontcoreStream):
    """What is sold, and for how much: courses and what goes with them.

    Known from complete documented rows.
    """

    name = "products"
    path = "/orders/products"
    replication_key = "updated_at"
    references = MappingProxyType({"id_relation": "courses where id_type = 2"})
    references_by_analogy = MappingProxyType({"id_product_regular_price": "products"})
    schema = schema_of(
        ID,
        th.Property("id_type", th.IntegerType, description="1 addon, 2 course"),
        th.Property("id_relation", th.IntegerType, description="Id of the course, for type 2"),
        th.Property(
            "id_product_regular_price",
            th.IntegerType,
            description="Id of the product with the regular price",
        ),
        th.Property("id_external_system", th.StringType, description="Id elsewhere; null so far"),
        th.Property("title", th.StringType, description="Name of the product"),
        th.Property("title_label", th.StringType, description="Label; so far null, so text"),
        th.Property("type", th.StringType, description="Kind; so far null, so text"),
        th.Property("item_number", th.StringType, description="Own number of the product"),
        th.Property("account_number", th.StringType, description="Account to book it to"),
        th.Property("cost_unit", th.StringType, description="Cost unit to book it to"),
        th.Property("price", th.NumberType, description="Price, in its currency"),
        th.Property(
            "currency",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id"),
                th.Property("title", th.StringType, description="ISO 4217 code"),
                th.Property("long_title", th.StringType, description="Name"),
            ),
            description="Currency",
        ),
        th.Property(
            "vat",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id"),
                th.Property("vat", th.NumberType, description="Percent"),
                th.Property("name", th.StringType, description="Name"),
            ),
            description="Value-added tax",
        ),
        th.Property("group", ID_AND_TITLE, description="Group of products"),
        th.Property("co_products", ANY_LIST, description="What is sold along"),
        th.Property("is_archived", th.BooleanType, description="Whether it is no longer used"),
        th.Property("is_deleted", th.BooleanType, description="Whether it was deleted"),
        th.Property("is_main_price", th.BooleanType, description="Whether it is the main price"),
        th.Property("is_member_price", th.BooleanType, description="Whether it is for members"),
        CREATED_AT,
        UPDATED_AT,
    )

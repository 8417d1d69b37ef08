"""Participants, orders and products."""

from __future__ import annotations

from types import MappingProxyType

from singer_sdk import typing as th

from tap_frontcore.singer.privacy import ALWAYS, EMAIL, NO, PERSON
from tap_frontcore.streams.base import FrontcoreStream, PreviewStream
from tap_frontcore.streams.types import (
    ANY_LIST,
    ANY_OBJECT,
    CREATED_AT,
    ID,
    ID_AND_TITLE,
    UPDATED_AT,
    column,
    parts,
    schema_of,
)

UNSEEN = "its filter is documented, the field was never seen"
COURSE = parts("id title reference created_at updated_at")
COURSE_DATE = parts(
    "id idCourse idStatus week start_at end_at deadline_at time_start time_end timezone gmt_offset "
    "place is_virtual idLocation teaching_language idTeachingLanguage location_cancellation_days "
    "is_deleted"
) | {"location": parts("id title")}
CUSTOMER = parts(
    "id type status customer_reference_id idParentCustomer invoice_method duedate_days created_at "
    "updated_at"
) | {"country": parts("id title code")}


class ParticipantsStream(PreviewStream):
    """Who takes part in which course date.

    Known in part: the first fields are documented, the rest is from public clients.
    """

    name = "participants"
    path = "/participants"
    replication_key = "updated_at"
    null_is_unedited = False
    references = MappingProxyType({"course.id": "courses", "coursedate.id": "course_dates"})
    references_by_analogy = MappingProxyType({"coursedate.location.id": "locations"})
    schema = schema_of(
        ID,
        column("completed", th.BooleanType, NO, "Whether the course was completed"),
        column("certificate_issued_at", th.DateType, NO, "Day of the certificate"),
        column("archived_at", th.DateTimeType, NO, "When it was archived, in UTC"),
        column("booker_admin_user", th.StringType, ALWAYS, "Who booked, if an admin user"),
        column("booker_name", th.StringType, ALWAYS, "Name of who booked"),
        column("booker_email", th.StringType, EMAIL, "Email address of who booked"),
        column("booker_phone", th.StringType, ALWAYS, "Phone number of who booked"),
        column("booker_language_id", th.StringType, NO, "Language of the booker"),
        column(
            "status",
            th.ObjectType(
                th.Property("title", th.StringType, description="In words"),
                th.Property("status_code", th.StringType, description="As a code"),
            ),
            NO,
            "Status: 1 confirmed, 2 overbooked, 3 waiting list, 4 deregistered, "
            "7 unconfirmed, 8 deregistered with fee",
        ),
        column("paid", ANY_OBJECT, parts("title"), "Whether it is paid"),
        column("user", ANY_OBJECT, PERSON, "The person"),
        column("course", ANY_OBJECT, COURSE, "The course: id, title, reference"),
        column("coursedate", ANY_OBJECT, COURSE_DATE, "The course date: id, days, location"),
        CREATED_AT,
        column("updated_at", th.DateTimeType, NO, f"Last change, in UTC; {UNSEEN}"),
    )


class OrdersStream(PreviewStream):
    """What customers have ordered; lines and totals go to `additional_properties`.

    Known from the first fields of a row; lines, totals and times were never seen.
    """

    name = "orders"
    path = "/orders"
    replication_key = "updated_at"
    null_is_unedited = False
    references = MappingProxyType({"customer.id": "customers"})
    # Without it, orders already exported to accounting are left out.
    params = MappingProxyType({"exported": "true"})
    schema = schema_of(
        ID,
        column("title", th.StringType, ALWAYS, "Title"),
        column("title_detailed", th.StringType, ALWAYS, "Title with details"),
        column("is_paid", th.BooleanType, NO, "Whether it is paid"),
        column("payment_method", th.StringType, NO, "How it is paid"),
        column("your_reference", th.StringType, ALWAYS, "The customer's reference"),
        column("booker", th.StringType, ALWAYS, "Who ordered; undocumented, so as text"),
        column("gln_number", th.StringType, NO, "Global Location Number"),
        column("customer", ANY_OBJECT, CUSTOMER, "The customer, as in customers"),
        column("created_at", th.DateTimeType, NO, f"Creation, in UTC; {UNSEEN}"),
        column("updated_at", th.DateTimeType, NO, f"Last change, in UTC; {UNSEEN}"),
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
        column("id_type", th.IntegerType, NO, "1 addon, 2 course"),
        column("id_relation", th.IntegerType, NO, "Id of the course, for type 2"),
        column("id_product_regular_price", th.IntegerType, NO, "Product with the regular price"),
        column("id_external_system", th.StringType, NO, "Id elsewhere; null so far"),
        column("title", th.StringType, NO, "Name of the product"),
        column("title_label", th.StringType, NO, "Label; so far null, so text"),
        column("type", th.StringType, NO, "Kind; so far null, so text"),
        column("item_number", th.StringType, NO, "Own number of the product"),
        column("account_number", th.StringType, NO, "Account to book it to"),
        column("cost_unit", th.StringType, NO, "Cost unit to book it to"),
        column("price", th.NumberType, NO, "Price, in its currency"),
        column(
            "currency",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id"),
                th.Property("title", th.StringType, description="ISO 4217 code"),
                th.Property("long_title", th.StringType, description="Name"),
            ),
            NO,
            "Currency",
        ),
        column(
            "vat",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id"),
                th.Property("vat", th.NumberType, description="Percent"),
                th.Property("name", th.StringType, description="Name"),
            ),
            NO,
            "Value-added tax",
        ),
        column("group", ID_AND_TITLE, NO, "Group of products"),
        column("co_products", ANY_LIST, parts("id title"), "What is sold along"),
        column("is_archived", th.BooleanType, NO, "Whether it is no longer used"),
        column("is_deleted", th.BooleanType, NO, "Whether it was deleted"),
        column("is_main_price", th.BooleanType, NO, "Whether it is the main price"),
        column("is_member_price", th.BooleanType, NO, "Whether it is for members"),
        CREATED_AT,
        UPDATED_AT,
    )

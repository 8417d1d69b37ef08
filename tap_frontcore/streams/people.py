"""Legal bases, instructors, admin users and their roles."""

from __future__ import annotations

from types import MappingProxyType

from singer_sdk import typing as th

from tap_frontcore.singer.privacy import ALWAYS, EMAIL, NO, PERSON
from tap_frontcore.streams.base import FrontcoreStream, PreviewStream
from tap_frontcore.streams.types import (
    ANY_OBJECT,
    CREATED_AT,
    ID,
    ID_AND_TITLE,
    UPDATED_AT,
    column,
    schema_of,
)


class LegalBasesStream(FrontcoreStream):
    """The legal bases for contacting a person, by purpose (GDPR, article 6).

    Known from nearly complete documented rows.
    """

    name = "legal_bases"
    path = "/privacy/users/legalbases"
    replication_key = "updated_at"
    schema = schema_of(
        ID,
        column("idLead", th.StringType, NO, "Id of the lead; so far null, so text"),
        column(
            "consent",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id"),
                th.Property("title", th.StringType, description="What was consented to"),
                th.Property("version", th.IntegerType, description="Of its text"),
                th.Property("created_at", th.DateTimeType, description="In UTC"),
                th.Property("updated_at", th.DateTimeType, description="In UTC"),
                th.Property("deleted_at", th.DateTimeType, description="In UTC"),
            ),
            NO,
            "The text that was consented to",
        ),
        column(
            "legal_basis",
            ID_AND_TITLE,
            NO,
            "1 consent, 2 contract, 3 legal obligation, 7 vital interests, 8 public interest, "
            "9 legitimate interest, 11 withdrawn",
        ),
        column(
            "purpose",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id"),
                th.Property("title", th.StringType, description="Name"),
                th.Property("created_at", th.DateTimeType, description="In UTC"),
                th.Property("updated_at", th.DateTimeType, description="In UTC"),
                th.Property("deleted_at", th.DateTimeType, description="In UTC"),
            ),
            NO,
            "What the person may be contacted for",
        ),
        column("source", ID_AND_TITLE, NO, "Where it comes from"),
        column("comment", th.StringType, ALWAYS, "Comment"),
        column("user", ANY_OBJECT, PERSON, "The person"),
        column("deleted_at", th.DateTimeType, NO, "When it was deleted, in UTC"),
        CREATED_AT,
        UPDATED_AT,
    )


class InstructorsStream(PreviewStream):
    """Who teaches.

    Known from the documentation of writing them; whether the endpoint takes `page` is open.
    """

    name = "instructors"
    path = "/instructors"
    schema = schema_of(
        ID,
        column("firstname", th.StringType, ALWAYS, "First name"),
        column("lastname", th.StringType, ALWAYS, "Last name"),
        column("phone_prefix", th.StringType, ALWAYS, "Country calling code"),
        column("phone", th.StringType, ALWAYS, "Phone number"),
        column("email", th.StringType, EMAIL, "Email address"),
        column("position", th.StringType, ALWAYS, "Position"),
        column("company", th.StringType, ALWAYS, "Company"),
        column("description", th.StringType, ALWAYS, "Description"),
        column("idUser", th.IntegerType, NO, "Id of the user"),
        column("archived_at", th.DateTimeType, NO, "When it was archived, in UTC"),
        CREATED_AT,
    )


class AdminUsersStream(PreviewStream):
    """Who works with Frontcore at the training provider.

    Known from a complete documented response.
    """

    name = "admin_users"
    path = "/admin-users"
    references = MappingProxyType({"role_ids": "admin_roles"})
    is_paged = False
    schema = schema_of(
        ID,
        column("firstname", th.StringType, ALWAYS, "First name"),
        column("lastname", th.StringType, ALWAYS, "Last name"),
        column("email", th.StringType, EMAIL, "Email address"),
        column("position", th.StringType, ALWAYS, "Position"),
        column("phone_prefix", th.StringType, ALWAYS, "Country calling code"),
        column("phone", th.StringType, ALWAYS, "Phone number"),
        column("booking_email", th.StringType, EMAIL, "Email address for bookings"),
        column("role_ids", th.ArrayType(th.IntegerType), NO, "Ids of the roles"),
        CREATED_AT,
        column("updated_at", th.DateTimeType, NO, "When it last changed, in UTC"),
    )


class AdminRolesStream(PreviewStream):
    """What the training provider's users of Frontcore may do.

    Known from a complete documented response.
    """

    name = "admin_roles"
    path = "/admin-roles"
    is_paged = False
    schema = schema_of(
        ID,
        column("title", th.StringType, NO, "Name of the role"),
        column("description", th.StringType, NO, "Description"),
    )

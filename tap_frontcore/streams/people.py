"""Legal bases, instructors, admin users and their roles."""

from __future__ import annotations

from types import MappingProxyType

from singer_sdk import typing as th

from tap_frontcore.streams.base import FrontcoreStream, PreviewStream
from tap_frontcore.streams.types import (
    ANY_OBJECT,
    CREATED_AT,
    ID,
    ID_AND_TITLE,
    UPDATED_AT,
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
        th.Property("idLead", th.StringType, description="Id of the lead; so far null, so text"),
        th.Property(
            "consent",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id"),
                th.Property("title", th.StringType, description="What was consented to"),
                th.Property("version", th.IntegerType, description="Of its text"),
                th.Property("created_at", th.DateTimeType, description="In UTC"),
                th.Property("updated_at", th.DateTimeType, description="In UTC"),
                th.Property("deleted_at", th.DateTimeType, description="In UTC"),
            ),
            description="The text that was consented to",
        ),
        th.Property(
            "legal_basis",
            ID_AND_TITLE,
            description=(
                "1 consent, 2 contract, 3 legal obligation, 7 vital interests, 8 public interest, "
                "9 legitimate interest, 11 withdrawn"
            ),
        ),
        th.Property(
            "purpose",
            th.ObjectType(
                th.Property("id", th.IntegerType, description="Frontcore's id"),
                th.Property("title", th.StringType, description="Name"),
                th.Property("created_at", th.DateTimeType, description="In UTC"),
                th.Property("updated_at", th.DateTimeType, description="In UTC"),
                th.Property("deleted_at", th.DateTimeType, description="In UTC"),
            ),
            description="What the person may be contacted for",
        ),
        th.Property("source", ID_AND_TITLE, description="Where it comes from"),
        th.Property("comment", th.StringType, description="Comment"),
        th.Property("user", ANY_OBJECT, description="The person"),
        th.Property("deleted_at", th.DateTimeType, description="When it was deleted, in UTC"),
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
        th.Property("firstname", th.StringType, description="First name"),
        th.Property("lastname", th.StringType, description="Last name"),
        th.Property("phone_prefix", th.StringType, description="Country calling code"),
        th.Property("phone", th.StringType, description="Phone number"),
        th.Property("email", th.StringType, description="Email address"),
        th.Property("position", th.StringType, description="Position"),
        th.Property("company", th.StringType, description="Company"),
        th.Property("description", th.StringType, description="Description"),
        th.Property("idUser", th.IntegerType, description="Id of the user"),
        th.Property("archived_at", th.DateTimeType, description="When it was archived, in UTC"),
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
        th.Property("firstname", th.StringType, description="First name"),
        th.Property("lastname", th.StringType, description="Last name"),
        th.Property("email", th.StringType, description="Email address"),
        th.Property("position", th.StringType, description="Position"),
        th.Property("phone_prefix", th.StringType, description="Country calling code"),
        th.Property("phone", th.StringType, description="Phone number"),
        th.Property("booking_email", th.StringType, description="Email address for bookings"),
        th.Property("role_ids", th.ArrayType(th.IntegerType), description="Ids of the roles"),
        CREATED_AT,
        th.Property("updated_at", th.DateTimeType, description="When it last changed, in UTC"),
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
        th.Property("title", th.StringType, description="Name of the role"),
        th.Property("description", th.StringType, description="Description"),
    )

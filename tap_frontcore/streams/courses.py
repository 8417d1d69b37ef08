"""Courses, course dates and locations."""

from __future__ import annotations

from types import MappingProxyType

from singer_sdk import typing as th

from tap_frontcore.singer.privacy import ALWAYS, NO
from tap_frontcore.streams.base import PreviewStream
from tap_frontcore.streams.types import (
    ANY_LIST,
    ANY_OBJECT,
    CUSTOM_PROPERTIES,
    ID,
    ID_AND_TITLE,
    column,
    parts,
    schema_of,
)

SEATS = {
    "allocated_capacity": parts("num num_overbooked num_waiting"),
    "free": parts("num num_waiting"),
    "booking_status": parts("num num_confirmed num_unconfirmed num_waiting"),
}


class CoursesStream(PreviewStream):
    """What is taught.

    Known from public clients, and by analogy.
    """

    name = "courses"
    path = "/courses"
    schema = schema_of(
        ID,
        column("title", th.StringType, NO, "Name of the course"),
        column("reference", th.StringType, NO, "Own number of the course"),
        column("is_active", th.BooleanType, NO, "Whether it is offered"),
        column("kursguiden_url", th.StringType, NO, "Its page on kursguiden.no"),
        column("is_full_time", th.BooleanType, NO, "Whether it takes whole days"),
        column("is_part_time", th.BooleanType, NO, "Whether it takes part of days"),
        column("type", th.StringType, NO, "Kind of course"),
        column("lessons_hours", th.StringType, NO, "Hours of lessons"),
        column("level", ID_AND_TITLE, NO, "Level"),
        column("form_of_teaching", ID_AND_TITLE, NO, "How it is taught"),
        column("teaching_language", ID_AND_TITLE, NO, "Language it is taught in"),
        column("time_of_day", th.StringType, NO, "Time of day"),
        column("duration", th.StringType, NO, "How long it takes, in words"),
        column(
            "price",
            th.ObjectType(
                th.Property("value", th.NumberType, description="Amount"),
                th.Property("currency", th.StringType, description="Its currency"),
                th.Property("comment", th.StringType, description="What is said of it"),
            ),
            parts("value currency"),
            "Price that is shown",
        ),
        column("categories", ANY_LIST, parts("id title"), "Categories"),
        column("tags", ANY_LIST, parts("id title"), "Tags"),
        column("visit_address", th.StringType, NO, "Where it is held: address"),
        column("visit_address2", th.StringType, NO, "Second line of the address"),
        column("visit_zipcode", th.StringType, NO, "Its postal code"),
        column("visit_city", th.StringType, NO, "Its city or postal town"),
        CUSTOM_PROPERTIES,
    )


class CourseDatesStream(PreviewStream):
    """When courses are held; one stream for all courses.

    Known from public clients.
    """

    name = "course_dates"
    path = "/coursedates"
    params = MappingProxyType({"order_by": "id"})
    primary_keys = ("coursedate_id",)
    references_by_analogy = MappingProxyType({"course_id": "courses", "location_id": "locations"})
    schema = schema_of(
        column("coursedate_id", th.IntegerType, NO, "Frontcore's id", required=True),
        column("course_id", th.IntegerType, NO, "Id of the course"),
        column("location_id", th.IntegerType, NO, "Id of the location"),
        column("place_id", th.StringType, NO, "Id of the place"),
        column("status_id", th.IntegerType, NO, "Id of the status"),
        column("title", th.StringType, NO, "Name"),
        column("start_at", th.DateType, NO, "First day"),
        column("end_at", th.DateType, NO, "Last day"),
        column("deadline_at", th.DateType, NO, "Last day to sign up"),
        column("start_time_at", th.StringType, NO, "When it begins, by its clock"),
        column("end_time_at", th.StringType, NO, "When it ends, by its clock"),
        column("timezone", th.StringType, NO, "Zone of its clock"),
        column("is_virtual", th.BooleanType, NO, "Whether it is held online"),
        column("is_visible", th.BooleanType, NO, "Whether it is shown"),
        column("visible_when_passed_deadline", th.BooleanType, NO, "Shown after deadline_at, too"),
        column("reference", th.StringType, NO, "Own number of the date"),
        column("parent_id", th.StringType, NO, "Id of what it is part of"),
        column("trigger_value", th.StringType, ALWAYS, "Undocumented, so as text"),
        column("seats_status", th.StringType, NO, "Whether there are seats, in a word"),
        column("seats", ANY_OBJECT, SEATS, "Seats: all, free, and taken by status"),
        CUSTOM_PROPERTIES,
        column("deleted_at", th.DateTimeType, NO, "When it was deleted, in UTC"),
    )


class LocationsStream(PreviewStream):
    """Where courses are held.

    Known by analogy.
    """

    name = "locations"
    path = "/locations"
    references_by_analogy = MappingProxyType({"idInstructor": "instructors"})
    schema = schema_of(
        ID,
        column("title", th.StringType, NO, "Name of the location"),
        column("custom_title", th.StringType, NO, "Own name of the location"),
        column("address", th.StringType, NO, "Address"),
        column("address2", th.StringType, NO, "Second line of the address"),
        column("address3", th.StringType, NO, "Third line of the address"),
        column("zipcode", th.StringType, NO, "Postal code"),
        column("city", th.StringType, NO, "City or postal town"),
        column("state", th.StringType, NO, "State"),
        column("county", th.StringType, NO, "County"),
        column("country", th.StringType, NO, "Country"),
        column("country_code", th.StringType, NO, "ISO 3166-1 alpha-2 code"),
        column("lat", th.NumberType, NO, "Latitude, in degrees"),
        column("lng", th.NumberType, NO, "Longitude, in degrees"),
        column("timezone", th.StringType, NO, "Zone of its clock"),
        column("full_address", th.StringType, NO, "The address in one text"),
        column("capacity_min", th.StringType, NO, "Fewest participants"),
        column("capacity_max", th.StringType, NO, "Most participants"),
        column("idInstructor", th.IntegerType, NO, "Id of the instructor"),
        column("idCountry", th.IntegerType, NO, "Frontcore's id of the country"),
        column("idPlace", th.IntegerType, NO, "Id of the place"),
        column("is_default", th.BooleanType, NO, "Whether it is the usual one"),
        column("is_archived", th.BooleanType, NO, "Whether it is no longer used"),
        column("is_virtual", th.BooleanType, NO, "Whether it is online"),
    )

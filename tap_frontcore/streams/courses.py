"""Courses, course dates and locations."""

from __future__ import annotations

from types import MappingProxyType

from singer_sdk import typing as th

from tap_frontcore.streams.base import PreviewStream
from tap_frontcore.streams.types import (
    ANY_LIST,
    ANY_OBJECT,
    CUSTOM_PROPERTIES,
    ID,
    ID_AND_TITLE,
    schema_of,
)


class CoursesStream(PreviewStream):
    """What is taught.

    Known from public clients, and by analogy.
    """

    name = "courses"
    path = "/courses"
    schema = schema_of(
        ID,
        th.Property("title", th.StringType, description="Name of the course"),
        th.Property("reference", th.StringType, description="Own number of the course"),
        th.Property("is_active", th.BooleanType, description="Whether it is offered"),
        th.Property("kursguiden_url", th.StringType, description="Its page on kursguiden.no"),
        th.Property("is_full_time", th.BooleanType, description="Whether it takes whole days"),
        th.Property("is_part_time", th.BooleanType, description="Whether it takes part of days"),
        th.Property("type", th.StringType, description="Kind of course"),
        th.Property("lessons_hours", th.StringType, description="Hours of lessons"),
        th.Property("level", ID_AND_TITLE, description="Level"),
        th.Property("form_of_teaching", ID_AND_TITLE, description="How it is taught"),
        th.Property("teaching_language", ID_AND_TITLE, description="Language it is taught in"),
        th.Property("time_of_day", th.StringType, description="Time of day"),
        th.Property("duration", th.StringType, description="How long it takes, in words"),
        th.Property(
            "price",
            th.ObjectType(
                th.Property("value", th.NumberType, description="Amount"),
                th.Property("currency", th.StringType, description="Its currency"),
                th.Property("comment", th.StringType, description="What is said of it"),
            ),
            description="Price that is shown",
        ),
        th.Property("categories", ANY_LIST, description="Categories"),
        th.Property("tags", ANY_LIST, description="Tags"),
        th.Property("visit_address", th.StringType, description="Where it is held: address"),
        th.Property("visit_address2", th.StringType, description="Second line of the address"),
        th.Property("visit_zipcode", th.StringType, description="Its postal code"),
        th.Property("visit_city", th.StringType, description="Its city or postal town"),
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
        th.Property("coursedate_id", th.IntegerType, required=True, description="Frontcore's id"),
        th.Property("course_id", th.IntegerType, description="Id of the course"),
        th.Property("location_id", th.IntegerType, description="Id of the location"),
        th.Property("place_id", th.StringType, description="Id of the place"),
        th.Property("status_id", th.IntegerType, description="Id of the status"),
        th.Property("title", th.StringType, description="Name"),
        th.Property("start_at", th.DateType, description="First day"),
        th.Property("end_at", th.DateType, description="Last day"),
        th.Property("deadline_at", th.DateType, description="Last day to sign up"),
        th.Property("start_time_at", th.StringType, description="When it begins, by its clock"),
        th.Property("end_time_at", th.StringType, description="When it ends, by its clock"),
        th.Property("timezone", th.StringType, description="Zone of its clock"),
        th.Property("is_virtual", th.BooleanType, description="Whether it is held online"),
        th.Property("is_visible", th.BooleanType, description="Whether it is shown"),
        th.Property(
            "visible_when_passed_deadline",
            th.BooleanType,
            description="Whether it is shown after the last day to sign up",
        ),
        th.Property("reference", th.StringType, description="Own number of the date"),
        th.Property("parent_id", th.StringType, description="Id of what it is part of"),
        th.Property("trigger_value", th.StringType, description="Undocumented, so as text"),
        th.Property(
            "seats_status", th.StringType, description="Whether there are seats, in a word"
        ),
        th.Property("seats", ANY_OBJECT, description="Seats: all, free, and taken by status"),
        CUSTOM_PROPERTIES,
        th.Property("deleted_at", th.DateTimeType, description="When it was deleted, in UTC"),
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
        th.Property("title", th.StringType, description="Name of the location"),
        th.Property("custom_title", th.StringType, description="Own name of the location"),
        th.Property("address", th.StringType, description="Address"),
        th.Property("address2", th.StringType, description="Second line of the address"),
        th.Property("address3", th.StringType, description="Third line of the address"),
        th.Property("zipcode", th.StringType, description="Postal code"),
        th.Property("city", th.StringType, description="City or postal town"),
        th.Property("state", th.StringType, description="State"),
        th.Property("county", th.StringType, description="County"),
        th.Property("country", th.StringType, description="Country"),
        th.Property("country_code", th.StringType, description="ISO 3166-1 alpha-2 code"),
        th.Property("lat", th.NumberType, description="Latitude, in degrees"),
        th.Property("lng", th.NumberType, description="Longitude, in degrees"),
        th.Property("timezone", th.StringType, description="Zone of its clock"),
        th.Property("full_address", th.StringType, description="The address in one text"),
        th.Property("capacity_min", th.StringType, description="Fewest participants"),
        th.Property("capacity_max", th.StringType, description="Most participants"),
        th.Property("idInstructor", th.IntegerType, description="Id of the instructor"),
        th.Property("idCountry", th.IntegerType, description="Frontcore's id of the country"),
        th.Property("idPlace", th.IntegerType, description="Id of the place"),
        th.Property("is_default", th.BooleanType, description="Whether it is the usual one"),
        th.Property("is_archived", th.BooleanType, description="Whether it is no longer used"),
        th.Property("is_virtual", th.BooleanType, description="Whether it is online"),
    )

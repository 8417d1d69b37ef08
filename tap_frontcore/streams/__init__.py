"""The tap's streams, in modules by subject."""

from __future__ import annotations

from tap_frontcore.streams.bookings import OrdersStream, ParticipantsStream, ProductsStream
from tap_frontcore.streams.courses import CourseDatesStream, CoursesStream, LocationsStream
from tap_frontcore.streams.customers import CustomerContactsStream, CustomersStream
from tap_frontcore.streams.people import (
    AdminRolesStream,
    AdminUsersStream,
    InstructorsStream,
    LegalBasesStream,
)

STREAMS = (
    CustomersStream,
    CustomerContactsStream,
    ProductsStream,
    LegalBasesStream,
    ParticipantsStream,
    OrdersStream,
    CoursesStream,
    CourseDatesStream,
    LocationsStream,
    InstructorsStream,
    AdminUsersStream,
    AdminRolesStream,
)

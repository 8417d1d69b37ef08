"""Rows in the shape of the documented samples, in any number, the same each time."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

OSLO = ZoneInfo("Europe/Oslo")
SAMPLE = Path(__file__).with_name("customers.sample.json")

_FIRST = ("Aud", "Bjørn", "Dag", "Eli", "Frøydis", "Geir", "Hilde", "Inga", "Jorunn", "Kåre")
_LAST = ("Berg", "Dahl", "Eide", "Fjell", "Haugen", "Lund", "Moen", "Nygård", "Solli", "Åsen")
_TRADES = ("Bygg", "Elektro", "Havbruk", "Kran", "Maskin", "Rørlegger", "Transport", "Truck")
_PLACES = (("0150", "Oslo"), ("5003", "Bergen"), ("7010", "Trondheim"), ("41101", "Göteborg"))
_POSITIONS = ("Daglig leder", "HR", "Prosjektleder", None)
_COUNTRIES = (
    {"id": 159, "title": "Norge", "code": "NO"},
    {"id": 203, "title": "Sverige", "code": "SE"},
)


def sample_customers() -> list[Row]:
    """Return the three customers of the documentation."""
    rows: list[Row] = json.loads(SAMPLE.read_text(encoding="utf-8"))
    return rows


def api_time(instant: datetime) -> str:
    """Give a time the API's form: Norwegian wall time with its offset, whole seconds."""
    return instant.astimezone(OSLO).replace(microsecond=0).isoformat()


def _moment(chance: random.Random, since: datetime) -> datetime:
    """Return some time between a time and the end of October 2026, winter time included."""
    until = datetime(2026, 10, 31, tzinfo=UTC)
    return since + timedelta(seconds=chance.randrange(int((until - since).total_seconds())))


def _times(chance: random.Random) -> Row:
    created = _moment(chance, datetime(2015, 1, 1, tzinfo=UTC))
    edited = chance.random() < 0.7
    return {
        "created_at": api_time(created),
        "updated_at": api_time(_moment(chance, created)) if edited else None,
    }


def _address(chance: random.Random, *, known: bool) -> Row:
    zipcode, city = chance.choice(_PLACES) if known else (None, None)
    street = f"{chance.choice(_LAST)}veien {chance.randint(1, 99)}" if known else None
    return {
        "address": street,
        "address_2": None,
        "address_3": None,
        "zipcode": zipcode,
        "city": city,
    }


def customer(number: int, *, odd: bool = False) -> Row:
    """Make one customer.

    Args:
        number: Its id; everything else follows from it.
        odd: With the odd types that PHP lets through, each in some of the customers.
    """
    chance = random.Random(number)
    private = chance.random() < 0.3
    active = chance.random() < 0.9
    name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    company = f"{chance.choice(_LAST)} {chance.choice(_TRADES)} AS"
    row = {
        "id": number,
        "title": name if private else company,
        "department": None,
        "phone": f"+47 {chance.randint(20000000, 99999999)}",
        "fax": None,
        "email": f"post{number}@example.com",
        "webaddress": None if private else f"https://kunde{number}.example.com",
        "orgnr": None if private else str(chance.randint(800000000, 999999999)),
        "invoice_email": None,
        "customer_reference_id": str(number * 10),
        "customer_reference": None if private else name,
        "note": None,
        "idStatus": "1" if active else "2",
        "turnover": None,
        "idParentCustomer": None,
        "invoice_method": "electronic",
        "country": dict(chance.choice(_COUNTRIES)),
        "status": "Active" if active else "Deactivated",
        "type": "Private" if private else "Company",
        "employees": _employees(chance, number),
        "duedate_days": chance.choice((10, 14, 30)),
        "seller": None,
        "invoice_address": _address(chance, known=True),
        "post_address": _address(chance, known=False),
        "visit_address": _address(chance, known=chance.random() < 0.5),
        "custom_properties": None,
        **_times(chance),
    }
    if odd:
        row |= _ODD_TYPES[number % len(_ODD_TYPES)]
    return row


_ODD_TYPES: tuple[Row, ...] = (
    {},
    {"orgnr": 912345678, "phone": 22334455, "customer_reference_id": 10.50},
    {"duedate_days": "14", "idParentCustomer": "7", "idStatus": 1},
    {"custom_properties": [], "country": [], "invoice_address": []},
    {"custom_properties": {"Sesong": "vår", "Nivå": 3, "Tom": None}},
    {"turnover": {"amount": 12.5, "currency": "NOK"}, "seller": {"id": 3, "name": "Eli Moen"}},
    {"turnover": 1250000, "seller": "Eli Moen", "note": True},
    {"employees": {"0": {"id": 1, "firstname": "Kåre"}, "2": {"id": 2, "firstname": "Inga"}}},
    {"loyalty": "gold", "note": ["to", "linjer"]},
    {"duedate_days": "", "department": ""},
)


def _employees(chance: random.Random, number: int) -> list[Row]:
    return [
        {"id": number * 10 + index, "firstname": chance.choice(_FIRST), "lastname": _LAST[index]}
        for index in range(chance.randint(0, 2))
    ]


def generate_customers(count: int, *, odd: bool = False) -> list[Row]:
    """Make customers with the ids from 1001 on."""
    return [customer(1001 + index, odd=odd) for index in range(count)]


def generate_contacts(customers: list[Row]) -> list[Row]:
    """Make up to three contact persons for each company."""
    contacts: list[Row] = []
    for row in customers:
        if row["type"] == "Company":
            chance = random.Random(row["id"])
            for index in range(chance.randint(0, 3)):
                number = row["id"] * 10 + index
                contacts.append(
                    {
                        "id": number,
                        "customer_id": row["id"],
                        "firstname": chance.choice(_FIRST),
                        "lastname": chance.choice(_LAST),
                        "email": f"person{number}@example.com",
                        "phone": f"+47 {chance.randint(20000000, 99999999)}",
                        "position": chance.choice(_POSITIONS),
                        **_times(chance),
                    },
                )
    return contacts


# The other lists, related to the customers and to each other

_COURSES = ("Truckfører", "Kranfører", "Stillas", "Varme arbeider", "Fallsikring", "Førstehjelp")
_STATUSES = (
    (1, "Confirmed"),
    (2, "Overbooked"),
    (3, "Waiting list"),
    (4, "Deregistered"),
    (7, "Unconfirmed"),
    (8, "Deregistered with fee"),
)
_BASES = ((1, "Consent"), (2, "Contract"), (9, "Legitimate interest"), (11, "Withdrawn"))


def _day(chance: random.Random) -> str:
    return _moment(chance, datetime(2024, 1, 1, tzinfo=UTC)).date().isoformat()


def _course_head(number: int) -> Row:
    return {
        "id": number,
        "title": f"{_COURSES[number % len(_COURSES)]} {number}",
        "reference": f"K{number}",
    }


def course(number: int) -> Row:
    """Make one course; everything follows from its id."""
    chance = random.Random(number)
    return {
        **_course_head(number),
        "is_active": chance.random() < 0.8,
        "kursguiden_url": f"https://kurs.example.com/{number}",
        "is_full_time": chance.random() < 0.5,
        "type": "course",
        "is_part_time": False,
        "lessons_hours": chance.choice((8, 16, 40)),
        "level": {"id": 1, "title": "Grunnkurs"},
        "form_of_teaching": {"id": 2, "title": "Klasserom"},
        "teaching_language": {"id": "1", "title": "Norsk"},
        "time_of_day": None,
        "duration": "2 dager",
        "price": {"value": chance.randint(20, 90) * 100, "currency": "NOK", "comment": None},
        "categories": None,
        "tags": ["truck", "praksis"],
        "visit_address": "Kursveien 1",
        "visit_address2": None,
        "visit_zipcode": "0150",
        "visit_city": "Oslo",
        "custom_properties": {"Nivå": "1"},
        "seo": {"keywords": ["kurs"]},
    }


def course_date(number: int, course_id: int, location_id: int) -> Row:
    """Make one date of a course."""
    chance = random.Random(number)
    day = _day(chance)
    return {
        "coursedate_id": number,
        "course_id": course_id,
        "location_id": location_id,
        "place_id": chance.choice((7, "7")),
        "status_id": 1,
        "title": _course_head(course_id)["title"],
        "start_at": day,
        "end_at": day,
        "deadline_at": None,
        "start_time_at": "09:00:00",
        "end_time_at": "15:30:00",
        "timezone": "Europe/Oslo",
        "is_virtual": chance.random() < 0.2,
        "is_visible": True,
        "visible_when_passed_deadline": False,
        "reference": None,
        "parent_id": None,
        "trigger_value": None,
        "seats_status": "available",
        "seats": {
            "allocated_capacity": {"num": 20, "num_overbooked": "2", "num_waiting": "5"},
            "free": {"num": 3, "num_waiting": 5},
            "booking_status": {"num": 17, "num_confirmed": 15, "num_waiting": 2},
        },
        "custom_properties": [],
        "deleted_at": None if chance.random() < 0.95 else "2026-05-01 12:00:00",
        "gatherings": [{"date": day}],
    }


def participant(number: int, date: Row, buyer: Row) -> Row:
    """Make one participant in a course date, paid for by a customer."""
    chance = random.Random(number)
    code, status = chance.choices(_STATUSES, (70, 3, 7, 10, 5, 5))[0]
    day = date["start_at"]
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    times = _times(chance)
    return {
        "archived_at": None,
        "certificate_issued_at": day if chance.random() < 0.5 else None,
        "booker_admin_user": None,
        "booker_email": None,
        "booker_language_id": None,
        "booker_name": None,
        "booker_phone": None,
        "completed": chance.random() < 0.6,
        "course": {
            **_course_head(date["course_id"]),
            "created_at": None,
            "updated_at": "2026-01-01T10:00:00+01:00",
        },
        "coursedate": {
            "id": date["coursedate_id"],
            "idCourse": date["course_id"],
            "idStatus": 1,
            "week": 12,
            "start_at": day,
            "end_at": day,
            "deadline_at": None,
            "time_start": "09:00",
            "time_end": "15:30",
            "idLocation": str(date["location_id"]),
            "is_deleted": False,
            "location": {"id": date["location_id"], "title": "Kurslokalet"},
        },
        "id": number,
        "created_at": times["created_at"],
        "status": {"title": status, "status_code": code},
        "paid": {"title": "Yes"},
        "user": {
            "firstname": first,
            "lastname": last,
            "email": f"deltaker{number}@example.com",
            "phone": None,
            "company": None,
            "created_at": times["created_at"],
            "customer": {"title": buyer["title"]},
        },
    }


def order(number: int, buyer: Row) -> Row:
    """Make one order of a customer."""
    chance = random.Random(number)
    return {
        "id": number,
        "title": f"Ordre {number}",
        "title_detailed": f"Ordre {number}: {buyer['title']}",
        "is_paid": chance.random() < 0.7,
        "payment_method": None,
        "your_reference": None,
        "booker": None,
        "gln_number": None,
        "customer": {
            k: v for k, v in buyer.items() if k not in {"employees", "idStatus", "loyalty"}
        },
        "whatever_else": [{"n": 1}],
        "exported_at": "2026-02-01T10:00:00+01:00" if chance.random() < 0.4 else None,
    }


def product(number: int, course_id: int | None) -> Row:
    """Make one product: a course's, or an addon."""
    chance = random.Random(number)
    return {
        "id": number,
        "id_type": 2 if course_id else 1,
        "id_relation": course_id,
        "id_product_regular_price": number,
        "id_external_system": None,
        "title": f"Produkt {number}",
        "title_label": None,
        "type": None,
        "item_number": f"P{number}",
        "account_number": None,
        "cost_unit": None,
        "price": chance.choice((4900, 12500, 990.5)),
        "currency": {"id": 1, "title": "NOK", "long_title": "Norske kroner"},
        "vat": {"id": 1, "vat": chance.choice((0, 25, 12.5)), "name": "MVA"},
        "group": {"id": 4, "title": "Kurs"},
        "co_products": [],
        "is_archived": False,
        "is_deleted": chance.random() < 0.05,
        "is_main_price": True,
        "is_member_price": False,
        **_times(chance),
    }


def legal_base(number: int, person: Row) -> Row:
    """Make what allows to contact a person, or no longer does."""
    chance = random.Random(number)
    id_, title = chance.choice(_BASES)
    times = _times(chance)
    return {
        "id": number,
        "idLead": None,
        "consent": {
            "id": 3,
            "title": "Nyhetsbrev",
            "version": 2,
            "created_at": times["created_at"],
            "updated_at": times["created_at"],
            "deleted_at": None,
        }
        if id_ == 1
        else None,
        "legal_basis": {"id": id_, "title": title},
        "purpose": {
            "id": chance.choice((1, 2)),
            "title": "Markedsføring",
            "created_at": times["created_at"],
            "updated_at": None,
            "deleted_at": None,
        },
        "source": {"id": 1, "title": "Påmelding"},
        "comment": "",
        "created_at": times["created_at"],
        "updated_at": times["updated_at"] or times["created_at"],
        "deleted_at": None if chance.random() < 0.9 else times["created_at"],
        "user": {
            "id": person["id"],
            "firstname": person["firstname"],
            "email": person["email"],
            "birthdate": "1980-01-01",
        },
    }


def location(number: int) -> Row:
    """Make one location."""
    return {
        "id": number,
        "title": f"Lokale {number}",
        "custom_title": None,
        "address": "Kursveien 1",
        "zipcode": "0150",
        "city": "Oslo",
        "country_code": "NO",
        "lat": 59.91,
        "lng": "10.75",
        "timezone": "Europe/Oslo",
        "capacity_max": 20,
        "capacity_min": "",
        "idInstructor": None,
        "is_archived": False,
        "is_default": None,
        "full_address": "Kursveien 1, 0150 Oslo",
        "parking": "bak huset",
    }


def instructor(number: int) -> Row:
    """Make one instructor."""
    chance = random.Random(number)
    return {
        "id": number,
        "firstname": chance.choice(_FIRST),
        "lastname": chance.choice(_LAST),
        "phone_prefix": "47",
        "phone": "22334455",
        "email": f"kursholder{number}@example.com",
        "position": None,
        "company": "Kursholderne AS",
        "description": "",
        "idUser": None,
        "archived_at": None,
        "created_at": "2020-03-01 12:30:00",
    }


def admin_user(number: int) -> Row:
    """Make one user of the training provider."""
    return {
        "id": number,
        "firstname": "Eli",
        "lastname": "Moen",
        "email": f"admin{number}@example.com",
        "position": "",
        "phone_prefix": "47",
        "phone": "99887766",
        "booking_email": "",
        "role_ids": [1, 2],
        "created_at": "2019-02-03 10:00:00",
        "updated_at": "2026-02-03 10:00:00",
    }


def admin_role(number: int) -> Row:
    """Make one role of such users."""
    return {"id": number, "title": f"Rolle {number}", "description": None}


def generate_account(  # noqa: PLR0913  # a size each
    customers: list[Row],
    *,
    courses: int = 4,
    dates: int = 30,
    participants: int = 60,
    orders: int = 40,
    others: int = 30,
) -> dict[str, list[Row]]:
    """Make an account's other lists, by the name of the stream, related to each other."""
    contacts = generate_contacts(customers) or [
        {"id": 1, "firstname": "Kari", "email": "kari@example.com"}
    ]
    locations = [location(2990 + index) for index in range(max(others // 10, 1))]
    all_courses = [course(300 + index) for index in range(courses)]
    all_dates = [
        course_date(
            40_000 + index,
            all_courses[index % courses]["id"],
            locations[index % len(locations)]["id"],
        )
        for index in range(dates)
    ]
    return {
        "courses": all_courses,
        "course_dates": all_dates,
        "participants": [
            participant(500_000 + n, all_dates[n * 7 % dates], customers[n * 3 % len(customers)])
            for n in range(participants)
        ],
        "orders": [
            order(700_000 + index, customers[index % len(customers)]) for index in range(orders)
        ],
        "products": [
            product(800 + index, all_courses[index]["id"] if index < courses else None)
            for index in range(courses + others)
        ],
        "legal_bases": [
            legal_base(600 + index, contacts[index % len(contacts)]) for index in range(others)
        ],
        "locations": locations,
        "instructors": [instructor(50 + index) for index in range(others)],
        "admin_users": [admin_user(1 + index) for index in range(others)],
        "admin_roles": [admin_role(1 + index) for index in range(3)],
    }

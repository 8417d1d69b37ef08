"""Rows in the shape of the documented samples, in any number.

They follow from their ids and from what day it is, so that a test's are the same each time. A demo
says the real day: then some courses are over, and others are to come.
"""

from __future__ import annotations

import copy
import json
import random
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Row = dict[str, Any]

OSLO = ZoneInfo("Europe/Oslo")
HERE = Path(__file__).parent
TODAY = date(2026, 10, 31)
"""The day of tests, a week into winter time."""

DEMO_CUSTOMERS = 1500
DEMO_SIZES = {"courses": 12, "dates": 84, "participants": 1200, "orders": 400, "others": 30}
"""An account of the size of a small training provider: see `generate_account`."""

_FIRST = (
    *("Amina", "Anne", "Bjørn", "Eli", "Espen", "Hilde", "Ingrid", "Jonas", "Kari", "Kåre"),
    *("Lars", "Magnus", "Marit", "Nils", "Ola", "Piotr", "Sara", "Silje", "Tor", "Øystein"),
)
_LAST = (
    *("Bakken", "Berg", "Dahl", "Eide", "Fjell", "Hagen", "Holm", "Kvam", "Lie", "Lund"),
    *("Moen", "Nilsen", "Olsen", "Rød", "Solberg", "Strand", "Sæther", "Vik", "Ødegård", "Åsen"),
)
_TRADES = ("Anlegg", "Bygg", "Elektro", "Havbruk", "Lager", "Rørlegger", "Stillas", "Transport")
_POSITIONS = ("Daglig leder", "HR-ansvarlig", "Prosjektleder", "Verneleder", None)
_PLACES = (("0150", "Oslo"), ("4006", "Stavanger"), ("5003", "Bergen"), ("7010", "Trondheim"))


def sample_customers() -> list[Row]:
    """Return the three customers of the documentation."""
    rows: list[Row] = json.loads((HERE / "customers.sample.json").read_text(encoding="utf-8"))
    return rows


def api_time(instant: datetime) -> str:
    """Give a time the API's form: Norwegian wall time with its offset, whole seconds."""
    return instant.astimezone(OSLO).replace(microsecond=0).isoformat()


def _moment(chance: random.Random, since: date, until: date) -> datetime:
    """Return some time by day between two days; the latter is not before the former."""
    day = since + timedelta(days=chance.randrange((until - since).days + 1))
    clock = time(chance.randrange(7, 17), chance.randrange(60), chance.randrange(60))
    return datetime.combine(day, clock, OSLO)


def _times(chance: random.Random, today: date) -> Row:
    """Say when a row was created and, of seven in ten, last edited: yesterday at the latest."""
    yesterday = today - timedelta(days=1)
    created = _moment(chance, date(2015, 1, 1), yesterday)
    edited = chance.random() < 0.7 and created.date() < yesterday
    last = _moment(chance, created.date() + timedelta(days=1), yesterday) if edited else None
    return {"created_at": api_time(created), "updated_at": api_time(last) if last else None}


def _address(chance: random.Random, *, known: bool) -> Row:
    zipcode, city = chance.choice(_PLACES) if known else (None, None)
    street = f"{chance.choice(_LAST)}veien {chance.randint(1, 99)}" if known else None
    parts = {"address": street, "zipcode": zipcode, "city": city}
    return parts | dict.fromkeys(("address_2", "address_3"))


def customer(number: int, *, odd: bool = False, today: date = TODAY) -> Row:
    """Make one customer.

    Args:
        number: Its id; everything else follows from it.
        odd: With the odd types that PHP lets through, each in some of the customers.
        today: What day it is.
    """
    chance = random.Random(number)
    private = chance.random() < 0.2
    active = chance.random() < 0.9
    name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    company = f"{chance.choice(_LAST)} {chance.choice(_TRADES)} AS"
    row = {
        "id": number,
        "title": name if private else company,
        "phone": f"+47 {chance.randint(20000000, 99999999)}",
        "email": f"post{number}@example.com",
        "webaddress": None if private else f"https://kunde{number}.example.com",
        "orgnr": None if private else str(chance.randint(800000000, 999999999)),
        "invoice_email": None if private else f"faktura{number}@example.com",
        "customer_reference_id": str(number * 10),
        "customer_reference": None if private else name,
        "idStatus": "1" if active else "2",
        "idParentCustomer": 1001 if number % 25 == 0 else None,
        "invoice_method": "electronic",
        "country": {"id": 159, "title": "Norge", "code": "NO"},
        "status": "Active" if active else "Deactivated",
        "type": "Private" if private else "Company",
        "employees": [
            {
                "id": number * 10 + index,
                "firstname": chance.choice(_FIRST),
                "lastname": chance.choice(_LAST),
            }
            for index in range(chance.randint(0, 2))
        ],
        "duedate_days": chance.choice((10, 14, 30)),
        "invoice_address": _address(chance, known=True),
        "post_address": _address(chance, known=False),
        "visit_address": _address(chance, known=chance.random() < 0.5),
        **dict.fromkeys(("department", "fax", "note", "turnover", "seller", "custom_properties")),
        **_times(chance, today),
    }
    if odd:
        row |= _ODD_TYPES[number % len(_ODD_TYPES)]
    return row


_ODD_TYPES: tuple[Row, ...] = (
    {},
    {"orgnr": 912345678, "phone": 22334455, "customer_reference_id": 10.50},
    {"duedate_days": "14", "idParentCustomer": "1001", "idStatus": 1},
    {"custom_properties": [], "country": [], "invoice_address": []},
    {"custom_properties": {"Sesong": "vår", "Nivå": 3, "Tom": None}},
    {"turnover": {"amount": 12.5, "currency": "NOK"}, "seller": {"id": 3, "name": "Eli Moen"}},
    {"turnover": 1250000, "seller": "Eli Moen", "note": True},
    {"employees": {"0": {"id": 1, "firstname": "Kåre"}, "2": {"id": 2, "firstname": "Inga"}}},
    {"loyalty": "gold", "note": ["to", "linjer"]},
    {"duedate_days": "", "department": ""},
)


def generate_customers(count: int, *, odd: bool = False, today: date = TODAY) -> list[Row]:
    """Make customers with the ids from 1001 on."""
    rows: list[Row] = json.loads(_customers(count, odd=odd, today=today))
    return rows


@cache
def _customers(count: int, *, odd: bool, today: date) -> str:
    """Make them once, since nearly each test wants some; as a text, since tests change them."""
    return json.dumps([customer(1001 + it, odd=odd, today=today) for it in range(count)])


def contact(number: int, customer: Row, today: date = TODAY) -> Row:
    """Make one contact person of a customer."""
    chance = random.Random(number)
    return {
        "id": number,
        "customer_id": customer["id"],
        "firstname": chance.choice(_FIRST),
        "lastname": chance.choice(_LAST),
        "email": f"person{number}@example.com",
        "phone": f"+47 {chance.randint(20000000, 99999999)}",
        "position": chance.choice(_POSITIONS),
        **_times(chance, today),
    }


def generate_contacts(customers: list[Row], *, today: date = TODAY) -> list[Row]:
    """Make up to three contact persons for each company."""
    return [
        contact(row["id"] * 10 + index, row, today)
        for row in customers
        if row["type"] == "Company"
        for index in range(random.Random(f"contacts of {row['id']}").randint(0, 3))
    ]


# The other lists, whose ids refer to the customers and to each other

_COURSES = (
    *(("Truckfører T1-T4", 9900), ("Førstehjelp", 1490), ("Varme arbeider", 2490)),
    *(("Stillasbygging", 8900), ("Personløfter", 4900), ("Fallsikring", 2950)),
    *(("Arbeid på vei", 2750), ("Kranfører G4", 12_900), ("FSE lavspenning", 1990)),
    *(("HMS for ledere", 4200), ("Masseforflytning", 14_500), ("Verneombud", 6900)),
)
_ADDONS = (("Lærebok", 450), ("Lunsj", 189.5), ("Kompetansebevis", 350), ("Overnatting", 1290))
_STATUSES = {1: "Confirmed", 3: "Waiting list", 4: "Deregistered", 7: "Unconfirmed"}
_BASES = ((1, "Consent"), (2, "Contract"), (9, "Legitimate interest"), (11, "Withdrawn"))
_ROLES = ("Administrator", "Kursansvarlig", "Regnskap")
_SAMPLES: dict[str, Row] = json.loads((HERE / "rows.sample.json").read_text(encoding="utf-8"))


def _row(stream: str, **fields: Any) -> Row:
    """Make a row of a list: that of `rows.sample.json`, with other fields and parts of objects."""
    row = copy.deepcopy(_SAMPLES[stream])
    for name, value in fields.items():
        row[name] = row[name] | value if isinstance(row.get(name), dict) and value else value
    return row


def course(number: int) -> Row:
    """Make one course; everything follows from its id."""
    title, price = _COURSES[number % len(_COURSES)]
    return _row("courses", id=number, title=title, reference=f"K{number}", price={"value": price})


def course_date(number: int, course: Row, location: Row, near: date) -> Row:
    """Make one date of a course, from the Monday of a week to Tuesday."""
    start = near - timedelta(days=near.weekday())
    return _row(
        "course_dates",
        coursedate_id=number,
        course_id=course["id"],
        location_id=location["id"],
        place_id=7 if number % 2 else "7",
        title=course["title"],
        start_at=start.isoformat(),
        end_at=(start + timedelta(days=1)).isoformat(),
        deadline_at=(start - timedelta(days=3)).isoformat(),
    )


def participant(number: int, held: Row, person: Row, customer: Row, today: date) -> Row:
    """Make a contact person of a customer take part in a course date, which has a seat less."""
    chance = random.Random(number)
    start = date.fromisoformat(held["start_at"])
    latest = min(start, today) - timedelta(days=1)
    (status,) = chance.choices((1, 3, 4, 7), (80, 5, 8, 7))
    held["seats"]["free"]["num"] -= status in {1, 7}
    completed = status == 1 and held["end_at"] < str(today)
    times = {name: held[name] for name in ("start_at", "end_at", "deadline_at")}
    created_at = api_time(_moment(chance, start - timedelta(days=120), latest))
    return _row(
        "participants",
        id=number,
        certificate_issued_at=held["end_at"] if completed else None,
        booker_name=customer["customer_reference"],
        completed=completed,
        course={"id": held["course_id"], "title": held["title"]},
        coursedate=times
        | {"id": held["coursedate_id"], "idCourse": held["course_id"]}
        | {"idLocation": str(held["location_id"]), "week": start.isocalendar().week},
        created_at=created_at,
        updated_at=None,
        status={"title": _STATUSES[status], "status_code": status},
        paid={"title": "Yes" if completed else "No"},
        user={name: person[name] for name in ("id", "firstname", "lastname", "email")}
        | {"company": customer["title"], "customer": {"title": customer["title"]}}
        | {"created_at": created_at},
    )


def order(number: int, customer: Row, course: Row, today: date) -> Row:
    """Make one order of a customer."""
    chance = random.Random(number)
    exported = _moment(chance, today - timedelta(days=300), today - timedelta(days=1))
    return _row(
        "orders",
        id=number,
        title=f"Ordre {number}",
        title_detailed=f"Ordre {number}: {course['title']}",
        is_paid=chance.random() < 0.7,
        customer={k: v for k, v in customer.items() if k not in {"employees", "idStatus"}},
        exported_at=api_time(exported) if chance.random() < 0.4 else None,
        **_times(chance, today),
    )


def product(number: int, course: Row | None, today: date) -> Row:
    """Make one product: a course's, with its name and price, or an addon."""
    title, price = _ADDONS[number % len(_ADDONS)]
    of_course: Row = {}
    if course:
        title, price = course["title"], course["price"]["value"]
        of_course = {"id_type": 2, "id_relation": course["id"]}
    return _row(
        "products",
        id=number,
        id_product_regular_price=number,
        title=title,
        item_number=f"P{number}",
        price=price,
        is_deleted=number % 20 == 0,
        **of_course,
        **_times(random.Random(number), today),
    )


def legal_base(number: int, person: Row, today: date) -> Row:
    """Make what allows to contact a person, or no longer does."""
    chance = random.Random(number)
    id_, title = chance.choice(_BASES)
    times = _times(chance, today)
    row = _row(
        "legal_bases",
        id=number,
        legal_basis={"id": id_, "title": title},
        created_at=times["created_at"],
        updated_at=times["updated_at"] or times["created_at"],
        deleted_at=times["created_at"] if number % 10 == 0 else None,
        user={name: person[name] for name in ("id", "firstname", "email")},
    )
    return row if title == "Consent" else row | {"consent": None}


def location(number: int) -> Row:
    """Make one location."""
    zipcode, city = _PLACES[number % len(_PLACES)]
    address = f"Kursveien 1, {zipcode} {city}"
    title = f"Kurssenteret i {city}"
    return _row(
        "locations", id=number, title=title, zipcode=zipcode, city=city, full_address=address
    )


def _colleague(stream: str, number: int, **fields: Any) -> Row:
    """Make one who works for the training provider."""
    chance = random.Random(number)
    first, last = chance.choice(_FIRST), chance.choice(_LAST)
    email = f"{first}.{last}{number}@example.com".lower()
    return _row(stream, id=number, firstname=first, lastname=last, email=email, **fields)


def admin_role(number: int) -> Row:
    """Make one role of such users."""
    return {"id": number, "title": _ROLES[number - 1], "description": None}


def generate_account(  # noqa: PLR0913  # a size each
    customers: list[Row],
    *,
    courses: int = 4,
    dates: int = 30,
    participants: int = 60,
    orders: int = 40,
    others: int = 30,
    today: date = TODAY,
) -> dict[str, list[Row]]:
    """Make an account's other lists, by the name of the stream; what an id refers to is there.

    Args:
        customers: Who buys.
        courses: How many courses there are, each with its product.
        dates: How many course dates, from a year ago to two months from today.
        participants: How many participants in them.
        orders: How many orders.
        others: How many addons, legal bases, instructors and admin users; a tenth of it locations.
        today: What day it is.
    """
    chance = random.Random(0)
    buyers = {row["id"]: row for row in customers}
    contacts = generate_contacts(customers, today=today) or [contact(1, customers[0], today)]
    locations = [location(2990 + index) for index in range(max(others // 10, 1))]
    all_courses = [course(300 + index) for index in range(courses)]
    all_dates = [
        course_date(
            40_000 + index,
            all_courses[index % courses],
            locations[index % len(locations)],
            today + timedelta(days=420 * index // dates - 360),
        )
        for index in range(dates)
    ]
    for deleted in all_dates[5 : dates // 2 : 20]:
        deleted["deleted_at"] = f"{deleted['deadline_at']} 12:00:00"
    held = [one for one in all_dates if not one["deleted_at"]]
    taking_part = [(chance.choice(held), chance.choice(contacts)) for _ in range(participants)]
    return {
        "courses": all_courses,
        "course_dates": all_dates,
        "participants": [
            participant(500_000 + index, held, person, buyers[person["customer_id"]], today)
            for index, (held, person) in enumerate(taking_part)
        ],
        "orders": [
            order(700_000 + n, customers[n % len(customers)], all_courses[n % courses], today)
            for n in range(orders)
        ],
        "products": [
            product(800 + index, all_courses[index] if index < courses else None, today)
            for index in range(courses + others)
        ],
        "legal_bases": [
            legal_base(600 + index, contacts[index % len(contacts)], today)
            for index in range(others)
        ],
        "locations": locations,
        "instructors": [_colleague("instructors", 50 + index) for index in range(others)],
        "admin_users": [
            _colleague("admin_users", 1 + index, role_ids=[1, 2] if index == 0 else [2 + index % 2])
            for index in range(others)
        ],
        "admin_roles": [admin_role(1 + index) for index in range(len(_ROLES))],
    }

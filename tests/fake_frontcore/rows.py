"""Rows in the shape of the documented samples, in any number.

They follow from their ids and from what day it is, so that a test's are the same each time. A demo
says the real day: then some courses are over, and others are to come.
"""

from __future__ import annotations

import json
import random
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Row = dict[str, Any]

OSLO = ZoneInfo("Europe/Oslo")
SAMPLE = Path(__file__).with_name("customers.sample.json")
TODAY = date(2026, 10, 31)
"""The day of tests, a week into winter time."""

DEMO_SIZES = {
    "customers": 1500,
    "courses": 12,
    "dates": 84,
    "participants": 1200,
    "orders": 400,
    "others": 30,
}
"""An account of the size of a small training provider: see `generate_account`."""

_FIRST = (
    *("Amina", "Anne", "Aud", "Bjørn", "Dag", "Eli", "Espen", "Frøydis", "Geir", "Hilde", "Inga"),
    *("Ingrid", "Jonas", "Jorunn", "Kari", "Kåre", "Lars", "Magnus", "Marit", "Nils", "Ola"),
    *("Piotr", "Ragnhild", "Sara", "Silje", "Sindre", "Solveig", "Tor", "Tuva", "Øystein"),
)
_LAST = (
    *("Aas", "Bakken", "Berg", "Dahl", "Eide", "Fjell", "Hagen", "Haugen", "Holm", "Kvam", "Lie"),
    *("Lund", "Moen", "Myhre", "Nilsen", "Nygård", "Olsen", "Rød", "Sandvik", "Solberg", "Solli"),
    *("Strand", "Sæther", "Tangen", "Vik", "Ødegård", "Åsen"),
)
_TRADES = (
    *("Anlegg", "Bygg", "Eiendom", "Elektro", "Havbruk", "Kran", "Lager", "Maskin", "Mek"),
    *("Rørlegger", "Stillas", "Transport", "Truck", "Verft"),
)
_POSITIONS = ("Daglig leder", "HR-ansvarlig", "Prosjektleder", "Verneleder", None)
_NORWAY: Row = {"id": 159, "title": "Norge", "code": "NO"}
_SWEDEN: Row = {"id": 203, "title": "Sverige", "code": "SE"}
_PLACES = {
    "NO": (
        *(("0150", "Oslo"), ("3015", "Drammen"), ("4006", "Stavanger"), ("4611", "Kristiansand")),
        *(("5003", "Bergen"), ("6003", "Ålesund"), ("7010", "Trondheim"), ("8006", "Bodø")),
    ),
    "SE": (("41101", "Göteborg"), ("65224", "Karlstad"), ("11120", "Stockholm")),
}


def sample_customers() -> list[Row]:
    """Return the three customers of the documentation."""
    rows: list[Row] = json.loads(SAMPLE.read_text(encoding="utf-8"))
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


def _address(chance: random.Random, country: str, *, known: bool) -> Row:
    zipcode, city = chance.choice(_PLACES[country]) if known else (None, None)
    street = f"{chance.choice(_LAST)}veien {chance.randint(1, 99)}" if known else None
    return {
        "address": street,
        "address_2": None,
        "address_3": None,
        "zipcode": zipcode,
        "city": city,
    }


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
    country = _SWEDEN if chance.random() < 0.06 else _NORWAY
    code = country["code"]
    name = f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    company = f"{chance.choice(_LAST)} {chance.choice(_TRADES)} {'AS' if code == 'NO' else 'AB'}"
    row = {
        "id": number,
        "title": name if private else company,
        "department": None,
        "phone": f"+{47 if code == 'NO' else 46} {chance.randint(20000000, 99999999)}",
        "fax": None,
        "email": f"post{number}@example.com",
        "webaddress": None if private else f"https://kunde{number}.example.com",
        "orgnr": None if private else str(chance.randint(800000000, 999999999)),
        "invoice_email": None if private else f"faktura{number}@example.com",
        "customer_reference_id": str(number * 10),
        "customer_reference": None if private else name,
        "note": None,
        "idStatus": "1" if active else "2",
        "turnover": None,
        "idParentCustomer": None,
        "invoice_method": "electronic",
        "country": dict(country),
        "status": "Active" if active else "Deactivated",
        "type": "Private" if private else "Company",
        "employees": _employees(chance, number),
        "duedate_days": chance.choice((10, 14, 30)),
        "seller": None,
        "invoice_address": _address(chance, code, known=True),
        "post_address": _address(chance, code, known=False),
        "visit_address": _address(chance, code, known=chance.random() < 0.5),
        "custom_properties": None,
        **_times(chance, today),
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
        {
            "id": number * 10 + index,
            "firstname": chance.choice(_FIRST),
            "lastname": chance.choice(_LAST),
        }
        for index in range(chance.randint(0, 2))
    ]


def generate_customers(count: int, *, odd: bool = False, today: date = TODAY) -> list[Row]:
    """Make customers with the ids from 1001 on."""
    rows: list[Row] = json.loads(_customers(count, odd=odd, today=today))
    return rows


@cache
def _customers(count: int, *, odd: bool, today: date) -> str:
    """Make them once, since nearly each test wants some; as a text, since tests change them."""
    return json.dumps([customer(1001 + it, odd=odd, today=today) for it in range(count)])


def generate_contacts(customers: list[Row], *, today: date = TODAY) -> list[Row]:
    """Make up to three contact persons for each company."""
    contacts: list[Row] = []
    for row in customers:
        if row["type"] == "Company":
            chance = random.Random(f"contacts of {row['id']}")
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
                        **_times(chance, today),
                    },
                )
    return contacts


# The other lists, related to the customers and to each other


class _Course(NamedTuple):
    title: str
    days: int
    price: float


_COURSES = (
    _Course("Truckfører T1-T4", 5, 9900),
    _Course("Førstehjelp", 1, 1490),
    _Course("Varme arbeider", 1, 2490),
    _Course("Stillasbygging 2-9 meter", 5, 8900),
    _Course("Personløfter", 2, 4900),
    _Course("Fallsikring", 1, 2950),
    _Course("Arbeid på vei", 1, 2750),
    _Course("Kranfører G4", 5, 12_900),
    _Course("FSE lavspenning", 1, 1990),
    _Course("HMS for ledere", 1, 4200),
    _Course("Masseforflytningsmaskin", 5, 14_500),
    _Course("Verneombud", 5, 6900),
)
_ADDONS = (
    ("Lærebok", 450),
    ("Lunsj", 189.5),
    ("Kompetansebevis som kort", 350),
    ("Overnatting", 1290),
)
_SITES = (
    *(("0150", "Oslo", 59.91, "10.75"), ("5003", "Bergen", 60.39, "5.32")),
    *(("7010", "Trondheim", 63.43, "10.40"), ("4006", "Stavanger", 58.97, "5.73")),
    *(("3015", "Drammen", 59.74, "10.20"), ("8006", "Bodø", 67.28, "14.40")),
)
_STATUSES = {
    1: "Confirmed",
    2: "Overbooked",
    3: "Waiting list",
    4: "Deregistered",
    7: "Unconfirmed",
    8: "Deregistered with fee",
}
_WAITING, _OVERBOOKED = 5, 2
"""How many a course date takes beyond its seats."""

_BASES = ((1, "Consent"), (2, "Contract"), (9, "Legitimate interest"), (11, "Withdrawn"))
_PURPOSES = ((1, "Markedsføring"), (2, "Kursinformasjon"))
_ROLES = ("Administrator", "Kursansvarlig", "Regnskap")


def _subject(number: int) -> _Course:
    return _COURSES[number % len(_COURSES)]


def _course_head(number: int) -> Row:
    level = number // len(_COURSES) - 25
    title = _subject(number).title
    return {
        "id": number,
        "title": f"{title}, trinn {level + 1}" if level else title,
        "reference": f"K{number}",
    }


def course(number: int) -> Row:
    """Make one course; everything follows from its id."""
    chance = random.Random(number)
    days, price = _subject(number).days, _subject(number).price
    return {
        **_course_head(number),
        "is_active": chance.random() < 0.9,
        "kursguiden_url": f"https://kurs.example.com/{number}",
        "is_full_time": True,
        "type": "course",
        "is_part_time": False,
        "lessons_hours": days * 8,
        "level": {"id": 1, "title": "Grunnkurs"},
        "form_of_teaching": {"id": 2, "title": "Klasserom"},
        "teaching_language": {"id": "1", "title": "Norsk"},
        "time_of_day": None,
        "duration": f"{days} dager" if days > 1 else "1 dag",
        "price": {"value": price, "currency": "NOK", "comment": None},
        "categories": None,
        "tags": ["sikkerhet", "praksis"],
        "visit_address": "Kursveien 1",
        "visit_address2": None,
        "visit_zipcode": "0150",
        "visit_city": "Oslo",
        "custom_properties": {"Nivå": "1"},
        "seo": {"keywords": ["kurs"]},
    }


def course_date(number: int, course_id: int, site: Row, near: date) -> Row:
    """Make one date of a course, on working days of one week, with all seats free.

    Args:
        number: Its id.
        course_id: The course.
        site: The location.
        near: When it begins, or a few days later if it would go on over a weekend.
    """
    days = _subject(course_id).days
    start = near - timedelta(days=max(near.weekday() - (5 - days), 0))
    end = start + timedelta(days=days - 1)
    chance = random.Random(number)
    return {
        "coursedate_id": number,
        "course_id": course_id,
        "location_id": site["id"],
        "place_id": chance.choice((7, "7")),
        "status_id": 1,
        "title": _course_head(course_id)["title"],
        "start_at": start.isoformat(),
        "end_at": end.isoformat(),
        "deadline_at": (start - timedelta(days=3)).isoformat(),
        "start_time_at": "09:00:00",
        "end_time_at": "15:30:00",
        "timezone": "Europe/Oslo",
        "is_virtual": False,
        "is_visible": True,
        "visible_when_passed_deadline": False,
        "reference": None,
        "parent_id": None,
        "trigger_value": None,
        **_seats(site["capacity_max"], Counter()),
        "custom_properties": [],
        "deleted_at": None,
        "gatherings": [{"date": (start + timedelta(days=n)).isoformat()} for n in range(days)],
    }


def _seats(capacity: int, taken: Counter[int]) -> Row:
    """Say what is free, by how many have which status."""
    confirmed, unconfirmed, waiting = taken[1], taken[7], taken[3]
    free = capacity - confirmed - unconfirmed
    return {
        "seats_status": "available" if free else "full",
        "seats": {
            "allocated_capacity": {
                "num": capacity,
                "num_overbooked": str(_OVERBOOKED),
                "num_waiting": str(_WAITING),
            },
            "free": {"num": free, "num_waiting": _WAITING - waiting},
            "booking_status": {
                "num": confirmed + unconfirmed + waiting,
                "num_confirmed": confirmed,
                "num_unconfirmed": unconfirmed,
                "num_waiting": waiting,
            },
        },
    }


def participant(  # noqa: PLR0913  # what it follows from
    number: int, held: Row, buyer: Row, *, signed_up: datetime, status: int, today: date
) -> Row:
    """Make one participant in a course date, paid for by a customer."""
    chance = random.Random(number)
    end = date.fromisoformat(held["end_at"])
    completed = status == 1 and end < today and chance.random() < 0.95
    private = buyer["type"] == "Private"
    name = buyer["title"] if private else f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    first, _, last = name.partition(" ")
    created_at = api_time(signed_up)
    return {
        "archived_at": None,
        "certificate_issued_at": end.isoformat() if completed else None,
        "booker_admin_user": None,
        "booker_email": None,
        "booker_language_id": None,
        "booker_name": None if private else buyer["customer_reference"],
        "booker_phone": None,
        "completed": completed,
        "course": {
            **_course_head(held["course_id"]),
            "created_at": None,
            "updated_at": "2024-01-01T10:00:00+01:00",
        },
        "coursedate": {
            "id": held["coursedate_id"],
            "idCourse": held["course_id"],
            "idStatus": 1,
            "week": end.isocalendar().week,
            "start_at": held["start_at"],
            "end_at": held["end_at"],
            "deadline_at": held["deadline_at"],
            "time_start": "09:00",
            "time_end": "15:30",
            "idLocation": str(held["location_id"]),
            "is_deleted": False,
            "location": {"id": held["location_id"], "title": "Kurslokalet"},
        },
        "id": number,
        "created_at": created_at,
        "status": {"title": _STATUSES[status], "status_code": status},
        "paid": {"title": "Yes" if completed or chance.random() < 0.5 else "No"},
        "user": {
            "firstname": first,
            "lastname": last,
            "email": buyer["email"] if private else f"deltaker{number}@example.com",
            "phone": None,
            "company": None if private else buyer["title"],
            "created_at": created_at,
            "customer": {"title": buyer["title"]},
        },
        "updated_at": None,
    }


def _sign_up(held: list[Row], customers: list[Row], count: int, today: date) -> list[Row]:
    """Make participants, who sign up before the course, and take the seats that they have."""
    chance = random.Random(count)
    popular = [
        chance.uniform(0.6, 1.0) * (1.0 if row["end_at"] < str(today) else 0.6) for row in held
    ]
    by_date: dict[int, list[datetime]] = defaultdict(list)
    for index in chance.choices(range(len(held)), popular, k=count):
        start = date.fromisoformat(held[index]["start_at"])
        latest = min(start - timedelta(days=3), today - timedelta(days=1))
        by_date[index].append(_moment(chance, start - timedelta(days=120), latest))

    rows: list[Row] = []
    for index, moments in by_date.items():
        course_date_, taken = held[index], Counter[int]()
        capacity = course_date_["seats"]["allocated_capacity"]["num"]
        for signed_up in sorted(moments):
            status = _status(chance, capacity, taken, over=course_date_["end_at"] < str(today))
            taken[status] += 1
            row = participant(
                500_000 + len(rows),
                course_date_,
                _buyer(chance, customers, signed_up),
                signed_up=signed_up,
                status=status,
                today=today,
            )
            rows.append(row)
        course_date_ |= _seats(capacity, taken)
    return rows


def _status(chance: random.Random, capacity: int, taken: Counter[int], *, over: bool) -> int:
    if chance.random() < 0.08:
        return chance.choice((4, 4, 4, 8))
    if taken[1] + taken[7] < capacity:
        return 1 if over or chance.random() < 0.85 else 7
    if taken[3] < _WAITING:
        return 3
    return 2 if taken[2] < _OVERBOOKED else 4


def _buyer(chance: random.Random, customers: list[Row], at: datetime) -> Row:
    """Choose a customer who was one at that time, if one of some is."""
    some = [chance.choice(customers) for _ in range(20)]
    return next((row for row in some if row["created_at"] < api_time(at)), some[0])


def order(number: int, buyer: Row, course_id: int, today: date) -> Row:
    """Make one order of a customer."""
    chance = random.Random(number)
    what = f"{_course_head(course_id)['title']}, {chance.randint(1, 6)} deltakere"
    exported = _moment(chance, today - timedelta(days=300), today - timedelta(days=1))
    return {
        "id": number,
        "title": f"Ordre {number}",
        "title_detailed": f"Ordre {number}: {what}",
        "is_paid": chance.random() < 0.7,
        "payment_method": None,
        "your_reference": None,
        "booker": None,
        "gln_number": None,
        "customer": {
            k: v for k, v in buyer.items() if k not in {"employees", "idStatus", "loyalty"}
        },
        "whatever_else": [{"n": 1}],
        "exported_at": api_time(exported) if chance.random() < 0.4 else None,
        **_times(chance, today),
    }


def product(number: int, course_id: int | None, today: date = TODAY) -> Row:
    """Make one product: a course's, with its name and price, or an addon."""
    chance = random.Random(number)
    title, price = _ADDONS[number % len(_ADDONS)]
    if course_id:
        title, price = _course_head(course_id)["title"], _subject(course_id).price
    return {
        "id": number,
        "id_type": 2 if course_id else 1,
        "id_relation": course_id,
        "id_product_regular_price": number,
        "id_external_system": None,
        "title": title,
        "title_label": None,
        "type": None,
        "item_number": f"P{number}",
        "account_number": None,
        "cost_unit": None,
        "price": price,
        "currency": {"id": 1, "title": "NOK", "long_title": "Norske kroner"},
        "vat": {"id": 1, "vat": 0 if course_id else 25, "name": "MVA"},
        "group": {"id": 4, "title": "Kurs" if course_id else "Tillegg"},
        "co_products": [],
        "is_archived": False,
        "is_deleted": not course_id and chance.random() < 0.05,
        "is_main_price": True,
        "is_member_price": False,
        **_times(chance, today),
    }


def legal_base(number: int, person: Row, today: date = TODAY) -> Row:
    """Make what allows to contact a person, or no longer does."""
    chance = random.Random(number)
    id_, title = chance.choice(_BASES)
    purpose, purpose_title = chance.choice(_PURPOSES)
    times = _times(chance, today)
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
            "id": purpose,
            "title": purpose_title,
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
    zipcode, city, lat, lng = _SITES[number % len(_SITES)]
    return {
        "id": number,
        "title": f"Kurssenteret i {city}",
        "custom_title": None,
        "address": "Kursveien 1",
        "zipcode": zipcode,
        "city": city,
        "country_code": "NO",
        "lat": lat,
        "lng": lng,
        "timezone": "Europe/Oslo",
        "capacity_max": 12 + 4 * (number % 3),
        "capacity_min": "",
        "idInstructor": None,
        "is_archived": False,
        "is_default": None,
        "full_address": f"Kursveien 1, {zipcode} {city}",
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
    chance = random.Random(number)
    return {
        "id": number,
        "firstname": chance.choice(_FIRST),
        "lastname": chance.choice(_LAST),
        "email": f"admin{number}@example.com",
        "position": "",
        "phone_prefix": "47",
        "phone": "99887766",
        "booking_email": "",
        "role_ids": [1, 2] if number == 1 else [2 + number % 2],
        "created_at": "2019-02-03 10:00:00",
        "updated_at": "2024-02-03 10:00:00",
    }


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
    """Make an account's other lists, by the name of the stream, related to each other.

    Args:
        customers: Who buys.
        courses: How many courses there are, each with its product.
        dates: How many course dates, from a year ago to two months from today.
        participants: How many participants in them.
        orders: How many orders.
        others: How many addons, legal bases, instructors and admin users; a tenth of it locations.
        today: What day it is.
    """
    contacts = generate_contacts(customers, today=today) or [
        {"id": 1, "firstname": "Kari", "email": "kari@example.com"}
    ]
    locations = [location(2990 + index) for index in range(max(others // 10, 1))]
    all_courses = [course(300 + index) for index in range(courses)]
    first, last = today - timedelta(days=365), today + timedelta(days=58)
    all_dates = [
        course_date(
            40_000 + index,
            all_courses[index % courses]["id"],
            locations[index % len(locations)],
            first + (last - first) * index // dates,
        )
        for index in range(1, dates + 1)
    ]
    for deleted in all_dates[15::20]:
        day = min(deleted["deadline_at"], str(today - timedelta(days=1)))
        deleted["deleted_at"] = f"{day} 12:00:00"
    held = [held for held in all_dates if not held["deleted_at"]]
    return {
        "courses": all_courses,
        "course_dates": all_dates,
        "participants": _sign_up(held, customers, participants, today),
        "orders": [
            order(700_000 + n, customers[n % len(customers)], all_courses[n % courses]["id"], today)
            for n in range(orders)
        ],
        "products": [
            product(800 + index, all_courses[index]["id"] if index < courses else None, today)
            for index in range(courses + others)
        ],
        "legal_bases": [
            legal_base(600 + index, contacts[index % len(contacts)], today)
            for index in range(others)
        ],
        "locations": locations,
        "instructors": [instructor(50 + index) for index in range(others)],
        "admin_users": [admin_user(1 + index) for index in range(others)],
        "admin_roles": [admin_role(1 + index) for index in range(len(_ROLES))],
    }

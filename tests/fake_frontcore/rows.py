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

"""An account in which each text of a person has a word that stands nowhere else.

Which texts these are is said by hand here, not taken from what the tap declares: that is what it is
to check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fake_frontcore import (
    FakeFrontcore,
    generate_account,
    generate_contacts,
    generate_customers,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_frontcore.rows import Row

SECRET = "hemmelig"  # noqa: S105  # a word
SALT = "et langt og tilfeldig salt"

EMAILS = ("email", "invoice_email", "booking_email", "booker_email")
OF_PERSONS = (
    *EMAILS,
    *("firstname", "lastname", "birthdate", "position", "phone_prefix", "note", "comment"),
    *("seller", "employees", "custom_properties", "customer_reference", "your_reference", "booker"),
    *("booker_admin_user", "booker_name", "booker_phone", "title_detailed", "mobile"),
)
"""Fields, at any depth, of all lists."""

OF_PRIVATE_CUSTOMERS = (
    *("title", "department", "phone", "fax", "webaddress", "orgnr", "turnover"),
    *("address", "address_2", "address_3", "zipcode", "city"),
)
"""Fields of customers that a company keeps."""

OF_LISTS = {
    "customer_contacts": ("phone",),
    "participants": ("phone", "company"),
    "orders": ("title", *OF_PRIVATE_CUSTOMERS),
    "instructors": ("phone", "company", "description"),
    "admin_users": ("phone",),
}
"""Fields of some lists besides."""


def account() -> dict[str, list[Row]]:
    """Make the rows of all lists, odd ones too, by the name of the stream."""
    customers = [of_list("customers", row) for row in generate_customers(40, odd=True)]
    lists = {"customers": customers, "customer_contacts": generate_contacts(customers)}
    lists |= generate_account(customers, others=10)
    return {
        name: [of_list(name, row) for row in (*rows, *odd(rows))] for name, rows in lists.items()
    }


def fake_of(lists: dict[str, list[Row]], **settings: Any) -> FakeFrontcore:
    """Make the API of an account."""
    others = {name: rows for name, rows in lists.items() if not name.startswith("customer")}
    return FakeFrontcore(lists["customers"], lists["customer_contacts"], others, **settings)


def is_company(row: Row) -> bool:
    """Tell a company among customers."""
    return row.get("type") == "Company"


def of_list(name: str, row: Row) -> Row:
    """Put the word into each text of a person in a row of a list."""
    is_private = name == "customers" and not is_company(row)
    more = OF_PRIVATE_CUSTOMERS if is_private else OF_LISTS.get(name, ())
    found: Row = marked(row, (*OF_PERSONS, *more))
    return found


def marked(value: Any, names: tuple[str, ...], number: Any = None) -> Any:
    """Put the word into each field of some names, at any depth."""
    if isinstance(value, list):
        return [marked(item, names, number) for item in value]
    if not isinstance(value, dict) or value.keys() == {"id", "title", "code"}:  # a country
        return value
    number = value.get("id", number)
    return {
        name: secret(name, number, item) if name in names else marked(item, names, number)
        for name, item in value.items()
    }


def secret(name: str, number: Any, value: Any) -> Any:
    """Return a text of a person, or an object or a list that has such."""
    if SECRET in str(value).casefold():
        return value
    if name in EMAILS:
        return f" {SECRET.title()}.{number}@Example.com"
    if isinstance(value, dict) and value:
        return {part: secret(part, number, item) for part, item in value.items()}
    if isinstance(value, list) and value:
        return [secret(name, number, item) for item in value]
    return f"{SECRET.title()} {name} {number}"


def odd(rows: list[Row]) -> Iterator[Row]:
    """Yield rows with a person in fields and parts that nobody knows, and in other types."""
    row = next(filter(is_company, rows), rows[-1])
    key = "coursedate_id" if "coursedate_id" in row else "id"
    fixed = {name: it for name, it in row.items() if name in {key, "type"} or name.endswith("_at")}
    others = {name: it for name, it in row.items() if name not in fixed}
    person = {f"{SECRET} navn": SECRET, "contact": {"name": SECRET}, "ids": [SECRET, 7]}
    shapes: tuple[Row, ...] = (
        {"mobile": SECRET, f"{SECRET}_field": 7, "new": [person]},
        {name: it | person for name, it in others.items() if isinstance(it, dict)},
        *(
            dict.fromkeys(others, odd_value)
            for odd_value in (person, [person, [SECRET]], {"0": person, "1": [person]}, [], None)
        ),
        {"type": "Person"},
        {"type": person},
    )
    for number, shape in enumerate(shapes, 9_000_001):
        yield fixed | others | shape | {key: number}

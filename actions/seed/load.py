"""Reads the demo shop's files into values, around one day: the day the demo pretends to be seeded on."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import opencc
import yaml

from actions.policies import Policies
from actions.shop import Member, Offer, PricePoint, Product, ShopInfo, Size
from actions.values import Money, Words

HERE = Path(__file__).parent
FIRST_SOLD = 180
"""So many days ago everything was on sale at the oldest price we know."""


@cache
def read(name: str) -> Any:
    """The content of one of our own files, to be left as it is."""
    return yaml.safe_load((HERE / name).read_text("utf-8"))


@cache
def converter() -> Any:
    """Puts Chinese into Taiwan's words; 43 MB."""
    return opencc.OpenCC("s2twp")


@cache
def _in_taiwan(text: str) -> str:
    return str(converter().convert(text))


def translate_all() -> None:
    """Put all that our files say into Taiwan's words now, so that what that needs can be let go of."""
    goods()
    for file in HERE.glob("*.yml"):
        if file.name != "goods.yml":
            spoken(read(file.name))
    converter.cache_clear()


def words(both: dict[str, str]) -> Words:
    """Chinese and English as every language we speak; traditional Chinese in Taiwan's words, or as `tw` has it."""
    return {"zh-Hans": both["zh"], "zh-Hant": both.get("tw") or _in_taiwan(both["zh"]), "en": both["en"]}


def spoken(node: object) -> object:
    """Read data with everything in it that is said in Chinese and English said in every language."""
    if isinstance(node, dict):
        return words(node) if {"zh", "en"} <= node.keys() else {key: spoken(value) for key, value in node.items()}
    return [spoken(one) for one in node] if isinstance(node, list) else node


@lru_cache(4)
def goods(today: datetime | None = None) -> tuple[Product, ...]:
    """All goods; what is expected of them counts from `today`, and without it nothing is."""
    return tuple(_product(row, today) for row in read("goods.yml"))


def _product(row: dict[str, Any], today: datetime | None) -> Product:
    id, facts = row["id"], read("facts.yml")
    specs = [words({"zh": zh, "en": en}) for zh, en in zip(row["specs"]["zh"], row["specs"]["en"], strict=True)]
    return Product(
        id=id,
        kind=row["kind"],
        names=words(row),
        aliases=tuple(row["aka"]),
        price=Money(amount=row["price"]),
        was=Money(amount=row["was"]) if "was" in row else None,
        stock=row["stock"],
        restock=_day(today, facts["restock"].get(id)),
        presale=_day(today, facts["presale"].get(id)),
        specs={language: tuple(spec[language] for spec in specs) for language in specs[0]},
        sizes=_sizes(facts, id),
        returnable=row.get("returnable", True),
        warranty=facts["warranty"].get(id),
        installed=id in facts["installed"],
        image=f"/demo/products/{id}.svg",
    )


def _day(today: datetime | None, days: int | None) -> datetime | None:
    return None if today is None or days is None else today + timedelta(days=days)


def _sizes(facts: dict[str, Any], id: str) -> tuple[Size, ...]:
    row = facts["sizes"].get(id)
    if row is None:
        return ()
    fits = zip(facts["charts"][row["chart"]].items(), row["stock"], strict=True)
    return tuple(Size(name=name, stock=stock, **measures) for (name, measures), stock in fits)


def prices(product: Product, today: datetime) -> tuple[PricePoint, ...]:
    """What it has cost until now, oldest first."""
    steps = read("facts.yml")["prices"].get(product.id, [[-FIRST_SOLD, product.price.amount]])
    return tuple(PricePoint(price=Money(amount=amount), at=today + timedelta(days=days)) for days, amount in steps)


def offers(kind: str, today: datetime) -> tuple[Offer, ...]:
    """The `promotions`, `coupons` or `held` ones, from and to the midnights named in days from `today`."""
    return tuple(_offer(row, today) for row in read("rules.yml")[kind])


def _offer(row: dict[str, Any], today: datetime) -> Offer:
    plain = {name: row[name] for name in ("percent", "products", "repeats", "stacks", "first_order") if name in row}
    amounts = {name: Money(amount=row[name]) for name in ("threshold", "off") if name in row}
    return Offer(
        id=row["id"],
        names=words(row["names"]),
        rules=words(row["rules"]),
        starts=today + timedelta(days=row["from"]),
        ends=today + timedelta(days=row["to"], hours=23, minutes=59),
        **plain,
        **amounts,
    )


def apology(code: str, amount: Money, given: datetime, days: int) -> Offer:
    """The coupon that makes up for something."""
    row, yuan = read("rules.yml")["sorry"], f"{amount.amount / 100:g}"
    rules = {language: line.format(amount=yuan) for language, line in words(row["rules"]).items()}
    ends = given + timedelta(days=days)
    return Offer(id=code, names=words(row["names"]), rules=rules, starts=given, ends=ends, off=amount, stacks=True)


@cache
def members() -> dict[str, Member]:
    """The customers by id."""
    data = read("customers.yml")
    levels = [words(row) for row in data["levels"]]
    return {
        row["id"]: Member(
            id=row["id"],
            name=row["name"],
            level=row["level"],
            levels=levels[row["level"]],
            points=row["points"],
            balance=Money(amount=row.get("balance", 0)),
        )
        for row in data["customers"]
    }


@cache
def held(customer: str) -> dict[str, bool]:
    """The coupons a customer has, by id, and whether they are used."""
    rows = [row for row in read("customers.yml")["customers"] if row["id"] == customer]
    return {one["id"]: one.get("used", False) for row in rows for one in row["held"]}


@cache
def policies() -> Policies:
    """The demo shop's own policies."""
    return Policies.model_validate(spoken(read("policies.yml")))


def info() -> ShopInfo:
    return ShopInfo.model_validate(spoken(read("rules.yml")["info"]))

"""Reads the demo shop's files into values, around one day: the day the demo pretends to be seeded on."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import opencc
import yaml

from actions.policies import Policies
from actions.shop import Offer, Product, ShopInfo
from actions.values import Money, Words

HERE = Path(__file__).parent


def read(name: str) -> Any:
    """The content of one of our own files."""
    return yaml.safe_load((HERE / name).read_text("utf-8"))


@cache
def _converter() -> Any:
    return opencc.OpenCC("s2twp")


def words(both: dict[str, str]) -> Words:
    """Chinese and English as every language we speak; traditional Chinese in Taiwan's words, or as `tw` has it."""
    return {"zh-Hans": both["zh"], "zh-Hant": both.get("tw") or _converter().convert(both["zh"]), "en": both["en"]}


def goods() -> tuple[Product, ...]:
    return tuple(_product(row) for row in read("goods.yml"))


def _product(row: dict[str, Any]) -> Product:
    specs = [words({"zh": zh, "en": en}) for zh, en in zip(row["specs"]["zh"], row["specs"]["en"], strict=True)]
    return Product(
        id=row["id"],
        kind=row["kind"],
        names=words(row),
        aliases=tuple(row["aka"]),
        price=Money(amount=row["price"]),
        was=Money(amount=row["was"]) if "was" in row else None,
        stock=row["stock"],
        specs={language: tuple(spec[language] for spec in specs) for language in specs[0]},
        returnable=row.get("returnable", True),
        image=f"/demo/products/{row['id']}.svg",
    )


def offers(kind: str, today: datetime) -> tuple[Offer, ...]:
    """The `promotions` or `coupons`, from and to the midnights named in days from `today`."""
    return tuple(
        Offer(
            id=row["id"],
            names=words(row["names"]),
            rules=words(row["rules"]),
            starts=today + timedelta(days=row["from"]),
            ends=today + timedelta(days=row["to"], hours=23, minutes=59),
        )
        for row in read("rules.yml")[kind]
    )


@cache
def policies() -> Policies:
    """The demo shop's own policies."""
    return Policies.model_validate(spoken(read("policies.yml")))


def spoken(node: object) -> object:
    """Read data with everything in it that is said in Chinese and English said in every language."""
    if isinstance(node, dict):
        return words(node) if {"zh", "en"} <= node.keys() else {key: spoken(value) for key, value in node.items()}
    return [spoken(one) for one in node] if isinstance(node, list) else node


def info() -> ShopInfo:
    return ShopInfo.model_validate(spoken(read("rules.yml")["info"]))

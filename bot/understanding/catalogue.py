"""Product names of the shop's present catalogue, found in a message as shoppers shorten and mistype them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bot.understanding.entities import Entity
from bot.understanding.text import View, view_of

_IGNORED = frozenset(" -_·•,，、/()（）[]【】'\"“”")  # a view has no other white space
_BEGINNING = 2  # characters by which a place is known to hold no name
_SHORTEST_WORD = 4  # letters of a single word that may stand for a product
# Parts that name a kind of talk, not a product, even where only one product happens to have them.
_COMMON = frozenset(
    ("women", "kids", "mini", "plus", "home", "gift", "sale", "free", "pack", "size", "white", "black", "新款", "套装")
) | {"礼盒", "儿童", "男士", "女士", "家用", "正品", "升级", "颜色", "尺码", "大号", "小号", "加厚"}


@dataclass(frozen=True)
class CatalogueProduct:
    """A product by its id and all names it goes by: Chinese, English, aliases."""

    id: str
    names: tuple[str, ...]


class Catalogue:
    """Finds products by full names, or by a part of a name that only one product has."""

    def __init__(self, products: Iterable[CatalogueProduct] = ()) -> None:
        self._products = _products_by_key(list(products))
        self._lengths = _lengths_by_beginning(self._products)

    def find(self, view: View) -> tuple[Entity, ...]:
        """Products of a view, longest matches first, in the message's order; `value` is the product's id."""
        places = [place for place, char in enumerate(view.text) if char not in _IGNORED]
        text = "".join([view.text[place] for place in places])
        found: list[Entity] = []
        past = 0
        for start in [at for at in range(len(text)) if text[at : at + _BEGINNING] in self._lengths]:
            end = self._longest_match(view.text, text, places, start) if start >= past else None
            if end:
                past = end
                span = view.span(places[start], places[end - 1] + 1)
                _add(found, Entity("product", self._products[text[start:end]], *span))
        return tuple(found)

    def _longest_match(self, seen: str, text: str, places: list[int], start: int) -> int | None:
        if _inside_word(seen, places[start]):
            return None
        for length in self._lengths[text[start : start + _BEGINNING]]:
            end = start + length
            if end <= len(text) and text[start:end] in self._products and not _inside_word(seen, places[end - 1] + 1):
                return end
        return None


def _add(found: list[Entity], product: Entity) -> None:
    """Two parts of one name side by side ("星云" "耳机") are one mention."""
    last = found[-1] if found else None
    if last and last.value == product.value and product.start - last.end <= 1:
        found[-1] = replace(last, end=product.end)
    else:
        found.append(product)


def _inside_word(text: str, place: int) -> bool:
    """Whether a Latin word or number goes on across `place`; a plural's last letter does not count."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if after == "s" and not text[place + 1 : place + 2].isalnum():
        return False
    return before.isascii() and after.isascii() and before.isalnum() and after.isalnum()


def _products_by_key(products: list[CatalogueProduct]) -> dict[str, str]:
    parts: dict[str, set[str]] = defaultdict(set)
    for product in products:
        for name in product.names:
            for part in _parts(view_of(name).text):
                parts[part].add(product.id)
    unique = {part: ids.pop() for part, ids in parts.items() if len(ids) == 1}
    full = {_key(view_of(name).text): product.id for product in products for name in product.names}
    return {key: product for key, product in (unique | full).items() if key}


def _lengths_by_beginning(keys: Iterable[str]) -> dict[str, list[int]]:
    """How long the keys are that begin with the same characters, longest first."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for key in keys:
        lengths[key[:_BEGINNING]].add(len(key))
    return {beginning: sorted(found, reverse=True) for beginning, found in lengths.items()}


def _key(name: str) -> str:
    return "".join(char for char in name if char not in _IGNORED)


def _parts(name: str) -> Iterator[str]:
    """Ends of a name ("降噪耳机" of "星云降噪耳机"): a beginning alone may be another thing ("手机" of "手机壳")."""
    for run in re.findall(r"[一-鿿㐀-䶿]+", name):
        yield from (run[start:] for start in range(len(run) - 1) if run[start:] not in _COMMON)
    words = re.findall(r"[a-z]+|\d+(?:\.\d+)?[a-z]*", name)
    for start in range(len(words)):
        end = words[start:]
        if len(end) > 1 or (end[0].isalpha() and len(end[0]) >= _SHORTEST_WORD and end[0] not in _COMMON):
            yield "".join(end)


NO_PRODUCTS = Catalogue()

"""Draws the demo's goods: one simple SVG per kind of product, tinted by the product."""

from __future__ import annotations

from functools import cache
from html import escape
from zlib import crc32

from actions.seed.load import read
from actions.shop import Product


@cache
def _shapes() -> dict[str, str]:
    drawings: dict[str, str] = read("pictures.yml")
    return drawings


def product_svg(product: Product) -> str:
    """A square picture of the product; the same product is always drawn in the same tint."""
    hue = crc32(product.id.encode()) % 360
    shape = _shapes()[product.kind].replace("{ink}", f"hsl({hue} 45% 42%)")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" role="img">'
        f"<title>{escape(product.names['en'])}</title>"
        f'<rect width="200" height="200" rx="24" fill="hsl({hue} 40% 94%)"/>{shape}</svg>'
    )

"""Which sizes of a product fit somebody, by its table of heights and weights, or of feet."""

from __future__ import annotations

from actions.shop import Product, Size

MEASURES = ("heights", "weights", "feet")


def measured_by(product: Product) -> frozenset[str]:
    """What its sizes go by: of heights, weights and feet."""
    return frozenset(one for one in MEASURES if any(getattr(size, one) for size in product.sizes))


def fitting(product: Product, height: int | None, weight: int | None, foot: int | None) -> tuple[Size, ...]:
    """The one or two sizes that fit, the smaller one first; none where nothing comes near.

    Height in cm, weight in kg, foot in mm. Where height and weight ask for different sizes, both are named, if they
    are next to each other; otherwise nobody is told to buy either.
    """
    measured = {"heights": height, "weights": weight, "feet": foot}
    asked = {name: value for name, value in measured.items() if value is not None and name in measured_by(product)}
    inside = [{n for n, size in enumerate(product.sizes) if _within(size, *one)} for one in asked.items()]
    if not inside or not all(inside):
        return ()
    common = set.intersection(*inside)
    if common:
        return tuple(product.sizes[n] for n in sorted(common)[-2:])
    low, high = (
        (max(inside[0]), min(inside[1])) if max(inside[0]) < min(inside[1]) else (max(inside[1]), min(inside[0]))
    )
    return (product.sizes[low], product.sizes[high]) if high - low == 1 else ()


def _within(size: Size, measure: str, value: int) -> bool:
    span: tuple[int, int] | None = getattr(size, measure)
    return span is None or span[0] <= value <= span[1]

"""Questions about a product: whether it is there, what it is, which of two, and which size fits."""

from __future__ import annotations

from actions.requests import TellWhenBack
from actions.shop import Product, Size
from actions.sizes import fitting, measured_by
from bot.dialogue.formats import day, money
from bot.dialogue.scene import Scene, named_product, product_card

FEW = 10
"""From so many pieces down the number left is told."""
COMPARED = 3
"""Products put side by side at most."""


async def tell_stock(scene: Scene) -> None:
    """Whether it is there; of what is not, when it will be, and the offer to tell."""
    product = await named_product(scene)
    if product is None:
        return None
    name, language = product.names[scene.language], scene.language
    gone = [size.name for size in product.sizes if size.stock == 0]
    if product.presale:
        return scene.say(scene.word("stock.presale", product=name, day=day(language, product.presale)))
    if product.stock == 0:
        key = "stock.restock" if product.restock else "stock.none"
        when = day(language, product.restock) if product.restock else ""
        return scene.suggest(scene.word(key, product=name, day=when), "notify_restock")
    scene.say(scene.word("stock.few" if product.stock <= FEW else "stock.some", product=name, count=str(product.stock)))
    if gone:
        scene.suggest(scene.word("stock.sizes_gone", sizes=_list(scene, gone)), "notify_restock")
    return None


async def notify_restock(scene: Scene) -> None:
    """Tell when it is there again: asked for by name or by a button, and free, so it needs no second yes."""
    product = await named_product(scene)
    if product is None:
        return
    if product.stock and all(size.stock for size in product.sizes):
        return scene.say(scene.word("stock.some", product=product.names[scene.language]))
    wish = TellWhenBack(key=scene.key("notice", product.id, f"{scene.now:%Y%m%d}"), product=product.id)
    filed = await scene.file(wish)
    if filed:
        scene.slots.follow(f"product:{product.id}")
        scene.slots.muted = False
        scene.say(scene.word("stock.noted", product=product.names[scene.language]))


async def tell_specs(scene: Scene) -> None:
    """What it is; of several named together, what each of them is."""
    compared = [await scene.shop.product(id) for id, _ in scene.slots.basket[:COMPARED]]
    several = [product for product in compared if product]
    if len(several) > 1:
        lines = [_specs_line(scene, product) for product in several]
        return scene.say(scene.word("product.compare", lines="\n".join(lines)))
    product = await named_product(scene)
    if product is None:
        return None
    return scene.say(
        scene.word("product.specs", product=product.names[scene.language], specs=_specs(scene, product)),
        card=product_card(scene, product),
    )


def _specs_line(scene: Scene, product: Product) -> str:
    fields = {"product": product.names[scene.language], "price": money(product.price)}
    return scene.word("product.line", specs=_specs(scene, product), **fields)


def _specs(scene: Scene, product: Product) -> str:
    return (", " if scene.language == "en" else "，").join(product.specs[scene.language])


async def advise_size(scene: Scene) -> None:
    """The size that fits by height and weight, or by the foot; between two, both are named."""
    product = await named_product(scene)
    if product is None:
        return None
    slots, name = scene.slots, product.names[scene.language]
    if not product.sizes:
        return scene.offer_human(scene.word("size.unknown", product=name))
    by = measured_by(product)
    if not by:
        return scene.say(scene.word("size.list", product=name, sizes=_list(scene, [one.name for one in product.sizes])))
    lacking = {"heights": slots.height is None, "weights": slots.weight is None, "feet": slots.foot is None}
    if any(lacking[measure] for measure in by):
        return scene.ask("measures", scene.word(_question(by, lacking), product=name))
    return _tell_fitting(scene, product, fitting(product, slots.height, slots.weight, slots.foot))


def _question(by: frozenset[str], lacking: dict[str, bool]) -> str:
    if "feet" in by:
        return "size.ask_foot"
    both = lacking["heights"] and lacking["weights"]
    return "size.ask" if both else "size.ask_height" if lacking["heights"] else "size.ask_weight"


def _tell_fitting(scene: Scene, product: Product, sizes: tuple[Size, ...]) -> None:
    name = product.names[scene.language]
    if not sizes:
        return scene.offer_human(scene.word("size.none", product=name))
    if len(sizes) == 1:
        scene.say(scene.word("size.fits", product=name, size=sizes[0].name))
    else:
        scene.say(scene.word("size.between", product=name, small=sizes[0].name, large=sizes[-1].name))
    gone = [size.name for size in sizes if size.stock == 0]
    if gone:
        scene.suggest(scene.word("stock.sizes_gone", sizes=_list(scene, gone)), "notify_restock")
    return None


def _list(scene: Scene, names: list[str]) -> str:
    return (", " if scene.language == "en" else "、").join(names)

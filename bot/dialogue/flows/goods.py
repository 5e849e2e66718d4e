"""Questions about a product: what it costs, whether it is there, what it is."""

from __future__ import annotations

from bot.dialogue.formats import money
from bot.dialogue.scene import Scene, named_product, product_card

FEW = 10
"""From so many pieces down the number left is told."""


async def tell_price(scene: Scene) -> None:
    product = await named_product(scene)
    if product is None:
        return
    name, card = product.names[scene.language], product_card(scene, product)
    if product.was:
        scene.say(
            scene.word("price.reduced", product=name, price=money(product.price), was=money(product.was)), card=card
        )
    else:
        scene.say(scene.word("price.now", product=name, price=money(product.price)), card=card)


async def tell_stock(scene: Scene) -> None:
    product = await named_product(scene)
    if product is None:
        return
    level = "none" if product.stock == 0 else "few" if product.stock <= FEW else "some"
    scene.say(scene.word(f"stock.{level}", product=product.names[scene.language], count=str(product.stock)))


async def tell_specs(scene: Scene) -> None:
    product = await named_product(scene)
    if product is None:
        return
    between = ", " if scene.language == "en" else "，"
    specs = between.join(product.specs[scene.language])
    scene.say(
        scene.word("product.specs", product=product.names[scene.language], specs=specs),
        card=product_card(scene, product),
    )

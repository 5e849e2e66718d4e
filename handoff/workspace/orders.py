"""The order and the product that a conversation is about, as the shop tells of them; private things when asked."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.responses import JSONResponse

from actions.shop import Moment, Order, Product, Shop, ShopFailed, TrackingEvent
from actions.values import Money, Words
from bot.log import ConversationLog
from bot.messages import Author, Conversation, Entry
from bot.store.store import Store
from bot.understanding.entities import find_entities
from bot.understanding.text import view_of
from handoff.broker import Agent
from handoff.ledger import Notes
from handoff.workspace.sessions import Problem

LOOK_BACK = 100
"""Entries in which an order or a product was named."""
LOOKED_UP = 3
"""Numbers that are tried: what looks like an order's may be another one."""
SEVERAL_DIGITS = re.compile(r"\d{4}")
"""Looked for first: it costs nothing."""
DEADLINE = 5.0
"""Seconds the shop may take."""
ConversationId = Annotated[str, Path(pattern=r"^[a-z2-7]{16}$")]
MayAsk = Callable[..., Awaitable[Agent]]


@dataclass(frozen=True)
class OrderParts:
    store: Store
    log: ConversationLog
    shop: Shop
    ledger: Notes


def make_order_routes(parts: OrderParts, reading: MayAsk, working: MayAsk) -> APIRouter:
    """`reading` and `working` are the dependencies that give whoever may read, or be an agent."""
    router = APIRouter(prefix="/workspace/api/conversations", tags=["workspace"])

    @router.get("/{id}/order")
    async def read(id: ConversationId, _: Agent = Depends(reading)) -> JSONResponse:
        """The order and the product under discussion, null where none is named; phone and address are masked."""
        order, product = await _look_up(parts, id)
        return JSONResponse({"order": order and shown_order(order), "product": product and _shown_product(product)})

    @router.post("/{id}/order/reveal")
    async def reveal(id: ConversationId, agent: Agent = Depends(working)) -> JSONResponse:
        """Whom the order goes to; who looked is in the ledger."""
        order, _ = await _look_up(parts, id)
        if order is None:
            raise Problem(404, "not_found", "There is no such order.")
        await parts.ledger.note("revealed", agent=agent, conversation=id, order=order.number)
        return JSONResponse({"number": order.number, "phone": order.phone, "address": order.address})

    return router


async def _look_up(parts: OrderParts, id: str) -> tuple[Order | None, Product | None]:
    """Raises `Problem` where the shop does not answer in time."""
    conversation = await parts.store.conversation(id)
    entries = await parts.log.before(id, None, LOOK_BACK)
    numbers = list(dict.fromkeys(orders_named(conversation, entries)))[:LOOKED_UP]
    product = next(products_named(conversation, entries), None)
    try:
        async with asyncio.timeout(DEADLINE):
            return await _first_order(parts.shop, numbers), await parts.shop.product(product) if product else None
    except (ShopFailed, TimeoutError):
        raise Problem(503, "unavailable", "The shop does not answer.") from None


async def _first_order(shop: Shop, numbers: Sequence[str]) -> Order | None:
    for number in numbers:
        if order := await shop.order(number):
            return order
    return None


def orders_named(conversation: Conversation, entries: Sequence[Entry]) -> Iterator[str]:
    """The order numbers of a conversation, the newest first: told to a human, then what the bot noted."""
    for entry in reversed(entries):
        if entry.author is Author.SHOPPER:
            yield from _numbers(entry)
        yield from _noted(entry, "order_number", "order")
    if isinstance(number := conversation.slots.get("order_number"), str):
        yield number


def products_named(conversation: Conversation, entries: Sequence[Entry]) -> Iterator[str]:
    for entry in reversed(entries):
        if (card := entry.content.card) and card.kind == "product" and entry.author is Author.SHOPPER:
            yield card.ref
        yield from _noted(entry, "product", "product")
    if isinstance(product := conversation.slots.get("product"), str):
        yield product


def _numbers(entry: Entry) -> Iterator[str]:
    if (card := entry.content.card) and card.kind == "order":
        yield card.ref.upper()
    if SEVERAL_DIGITS.search(entry.content.text):
        found = [one.value for one in find_entities(view_of(entry.content.text)) if one.name == "order_number"]
        yield from reversed(found)


def _noted(entry: Entry, slot: str, name: str) -> Iterator[str]:
    """What an entry's data say: what the bot understood, and what a request for a human carries."""
    understood = entry.data.get("understood")
    slots = understood.get("slots") if isinstance(understood, dict) else None
    for value in (slots.get(slot) if isinstance(slots, dict) else None, entry.data.get(name)):
        if isinstance(value, str) and value:
            yield value


def shown_order(order: Order) -> dict[str, Any]:
    """As docs/protocol.md has it: amounts in the smallest coin, times in ms, phone and address masked."""
    shipment = order.shipment
    return {
        "number": order.number,
        "state": order.state,
        "items": [{"names": one.names, "quantity": one.quantity, "price": _money(one.price)} for one in order.items],
        "total": _money(order.total),
        "postage": _money(order.postage),
        "phone": mask_phone(order.phone),
        "address": mask_address(order.address),
        "timeline": [_moment(one) for one in order.timeline],
        "shipment": shipment
        and {
            "courier": shipment.courier,
            "tracking_number": shipment.tracking_number,
            "events": [_moment(one) for one in shipment.events],
        },
    }


def _shown_product(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "names": product.names,
        "price": _money(product.price),
        "was": product.was and _money(product.was),
        "stock": product.stock,
        "image": product.image,
    }


def mask_phone(phone: str) -> str:
    """Its last two digits stay, to tell one from another: *********78."""
    return "*" * max(0, len(phone) - 2) + phone[-2:] if len(phone) > 4 else "*" * len(phone)


def mask_address(address: str) -> str:
    """Its beginning stays, which is the region: 上海市****."""
    kept = min(3, len(address) // 4)
    return address[:kept] + "****"


def _money(value: Money) -> dict[str, Any]:
    return value.model_dump(mode="json")


def _moment(one: Moment | TrackingEvent) -> dict[str, Any]:
    what: dict[str, Any] = {"state": one.state} if isinstance(one, Moment) else {"words": _words(one.words)}
    return {"at": int(one.at.timestamp() * 1000), **what}


def _words(words: Words) -> dict[str, str]:
    return {str(language): text for language, text in words.items()}

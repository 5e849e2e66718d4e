"""A `Shop` on paper: orders as given, a code everybody can read, and a list of all that was filed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from actions.requests import Filed, Refused, Request, Undo
from actions.seed.load import goods, info
from actions.shop import (
    Appointment,
    Changes,
    Item,
    Member,
    Moment,
    Offer,
    Order,
    OrderState,
    PricePoint,
    Product,
    Shipment,
    ShopInfo,
    TrackingEvent,
)
from actions.values import Money
from tests.conftest import NOW
from tests.dialogue.stage import ORDERS

ME = "me"
CODE = "246810"
NUMBER = "JL1000000001"
State = OrderState
SENT = (State.UNPAID, State.PAID, State.DISPATCHED, State.IN_TRANSIT, State.OUT_FOR_DELIVERY, State.DELIVERED)
BACK = (State.RETURN_REQUESTED, State.RETURNING, State.REFUNDING, State.REFUNDED)
LARK = {"zh-Hans": "云雀速运", "zh-Hant": "雲雀速運", "en": "Lark Express"}
MOVED = {
    "zh-Hans": "包裹已离开杭州转运中心",
    "zh-Hant": "包裹已離開杭州轉運中心",
    "en": "left the Hangzhou sorting centre",
}
YOGAMAT = next(product for product in goods() if product.id == "yogamat")
TEA = next(product for product in goods() if not product.returnable)


def path(state: OrderState) -> tuple[OrderState, ...]:
    """The states an order has been in."""
    if state is State.CANCELLED:
        return State.UNPAID, State.PAID, state
    if state in BACK:
        return (*SENT, *BACK[: BACK.index(state) + 1])
    return (*SENT, state) if state is State.COMPLETED else SENT[: SENT.index(state) + 1]


def an_order_of(
    state: OrderState,
    number: str = NUMBER,
    *,
    product: Product = YOGAMAT,
    price: int | None = None,
    days: float = 1,
    late: timedelta = timedelta(days=-1),
    customer: str | None = ME,
    filed: tuple[Filed, ...] = (),
) -> Order:
    """An order that came into `state` so many days ago; what was expected of it is `late`."""
    since, passed = NOW - timedelta(days=days), path(state)
    price = price or product.price.amount
    times = [since - timedelta(hours=len(passed) - 1 - n) for n in range(len(passed))]
    sent = State.DISPATCHED in passed
    return Order(
        number=number,
        state=state,
        items=(
            Item(
                product=product.id,
                names=product.names,
                quantity=1,
                price=Money(amount=price),
                returnable=product.returnable,
            ),
        ),
        total=Money(amount=price),
        postage=Money(amount=0),
        phone="12000007788",
        address="上海市示例路 5 号",
        timeline=tuple(Moment(state=one, at=at) for one, at in zip(passed, times, strict=True)),
        dispatch_by=NOW - late,
        arrives_by=NOW - late,
        refund_by=NOW + timedelta(days=2) if state is State.REFUNDING else None,
        shipment=Shipment(courier=LARK, tracking_number="JX4242424242", events=(TrackingEvent(at=since, words=MOVED),))
        if sent
        else None,
        customer=customer,
        filed=filed,
    )


class PaperShop:
    """`filed` are the requests that had an effect; `refusal` refuses all; `answer` is the state requests get."""

    def __init__(self, orders: Iterable[Order] = ORDERS) -> None:
        self.book = {order.number: order for order in orders}
        self.filed: list[Request] = []
        self.answers: dict[str, Filed] = {}
        self.codes: list[str] = []
        self.contact: str | None = "135****0000"
        self.refusal: Literal["state", "worth", "pending"] | None = None
        self.answer: Literal["review", "approved", "done"] = "review"

    async def info(self) -> ShopInfo:
        return info()

    async def products(self) -> tuple[Product, ...]:
        return goods()

    async def product(self, id: str) -> Product | None:
        return next((one for one in goods() if one.id == id), None)

    async def prices(self, product: str) -> tuple[PricePoint, ...]:
        return ()

    async def promotions(self) -> tuple[Offer, ...]:
        return ()

    async def coupons(self, customer: str | None = None) -> tuple[Offer, ...]:
        return ()

    async def order(self, number: str) -> Order | None:
        return self.book.get(number)

    async def orders(self, customer: str) -> tuple[Order, ...]:
        return tuple(order for order in self.book.values() if order.customer == customer)

    async def member(self, customer: str) -> Member | None:
        return None

    async def send_code(self, order: str, key: str) -> str | None:
        if self.contact and key not in self.codes:
            self.codes.append(key)
        return self.contact

    async def check_code(self, order: str, code: str) -> bool:
        return bool(self.codes) and code == CODE

    async def appointments(self, order: str) -> tuple[Appointment, ...]:
        return ()

    async def changes(self, cursor: str) -> Changes:
        return Changes(cursor=cursor)

    async def file(self, request: Request) -> Filed | Refused:
        if self.refusal:
            return Refused(reason=self.refusal)
        if request.key not in self.answers:
            self.filed.append(request)
            self.answers[request.key] = self._file(request)
        return self.answers[request.key]

    def _file(self, request: Request) -> Filed:
        filed = filed_request(request.kind, number=f"R{len(self.filed)}", key=request.key, state=self.answer)
        order = self.book[request.order] if not isinstance(request, Undo) and getattr(request, "order", None) else None
        if order:
            self.book[order.number] = order.model_copy(update={"filed": (*order.filed, filed)})
        return filed


def filed_request(
    kind: str, number: str = "R1", key: str = "an earlier key", state: str = "review", at: datetime = NOW
) -> Filed:
    return Filed.model_validate({"key": key, "kind": kind, "number": number, "state": state, "at": at})

"""Paying and invoices: how to pay, what was paid twice, and an invoice made out, anew or sent again."""

from __future__ import annotations

import re

from actions.requests import IssueInvoice, ReturnDouble
from actions.shop import Order, OrderState
from actions.taxids import is_tax_id
from actions.values import Money
from bot.dialogue.flows.filing import open_requests, tell_filed
from bot.dialogue.flows.orders import say_status
from bot.dialogue.formats import moment, money
from bot.dialogue.language import simplified
from bot.dialogue.proof import own_order, speaks_of_order
from bot.dialogue.scene import Scene

TWICE = re.compile(
    r"[两2二][次笔遍回]|重复|多[扣付]|\btwice\b|\bdouble\b|\bcharged again\b|\btwo (?:payments|charges)", re.I
)
PARTS = re.compile(r"分期|花呗|白条|\binstal?lments?\b|\bpay later\b", re.I)
AGAIN = re.compile(
    r"换.{0,4}抬头|改.{0,4}(?:抬头|发票|税号)|重开|重新开|开错|写错|抬头.{0,3}错|换开|"
    r"\breissue|\b(?:wrong|another|different|change)\b.{0,12}\b(?:title|name|invoice)",
    re.I,
)
COMPANY = re.compile(r"公司|集团|集團|厂$|廠$|店$|中心$|\b(?:Ltd|Inc|LLC|GmbH|Limited|Corp|Company)\b", re.I)
"""What a title has that needs a tax number."""
OVER = (OrderState.CANCELLED, OrderState.REFUNDING, OrderState.REFUNDED)
RETURNING = (OrderState.RETURN_REQUESTED, OrderState.RETURNING)
PERSONAL = {"zh-Hans": "个人", "zh-Hant": "個人", "en": "Personal"}


async def payment_problem(scene: Scene) -> None:
    """Paid twice: what came in is looked at; otherwise how to pay, and what helps when it does not work."""
    slots, policy = scene.slots, scene.policies.payment
    slots.described = slots.described or slots.question
    words = simplified(slots.described)
    if TWICE.search(words) or scene.agreed(ReturnDouble):
        return await _look_at_payments(scene)
    if policy is None:
        return scene.admit_ignorance()
    language = scene.language
    if PARTS.search(words):
        parts = policy.instalments
        said = scene.word("payment.parts", parts=parts[language]) if parts else scene.word("payment.no_parts")
        scene.say(said)
    else:
        scene.say(scene.word("payment.methods", methods=policy.methods[language]))
        scene.say(scene.word("payment.causes", causes=policy.causes[language]))
        if policy.hold_hours:
            scene.say(scene.word("payment.hold", hours=str(policy.hold_hours)))
    slots.described = None
    return None


async def _look_at_payments(scene: Scene) -> None:
    order = await own_order(scene, lambda one: _received(one) > one.total.amount)
    if order is None:
        return None
    if wish := scene.agreed(ReturnDouble):
        filed = await scene.file(wish)
        return tell_filed(scene, "double_payment", filed) if filed else None
    paid = _received(order)
    back = [one for one in order.filed if one.kind == "double_payment" and one.state not in ("rejected", "undone")]
    if back:
        return tell_filed(scene, "double_payment_known", back[-1])
    if len(order.payments) < 2 or paid <= order.total.amount:
        key = "payment.once" if order.payments else "payment.none"
        return scene.offer_human(scene.word(key, order=order.number, lines="\n".join(_payment_lines(scene, order))))
    more = Money(amount=paid - order.total.amount, currency=order.total.currency)
    wish = ReturnDouble(key=scene.key("double", order.number, "once"), order=order.number)
    fields = {"lines": "\n".join(_payment_lines(scene, order)), "total": money(order.total), "amount": money(more)}
    return scene.confirm(wish, scene.word("payment.confirm", order=order.number, **fields))


def _received(order: Order) -> int:
    return sum(one.amount.amount for one in order.payments)


def _payment_lines(scene: Scene, order: Order) -> list[str]:
    language = scene.language
    return [
        scene.word("payment.line", method=one.method[language], amount=money(one.amount), at=moment(language, one.at))
        for one in order.payments
    ]


async def ask_invoice(scene: Scene) -> None:
    """Which invoices there are; of an order, one made out, made out anew or sent again."""
    slots, policy = scene.slots, scene.policies.invoicing
    if policy and not await speaks_of_order(scene):
        scene.say(scene.word("invoice.form", form=policy.form[scene.language]))
    slots.described = slots.described or slots.question
    order = await own_order(scene, lambda one: one.state not in (OrderState.UNPAID, *OVER, *RETURNING))
    if order is None:
        return None
    if wish := scene.agreed(IssueInvoice):
        filed = await scene.file(wish)
        return tell_filed(scene, "invoice", filed, outcome=False) if filed else None
    if order.state is OrderState.UNPAID:
        return scene.say(scene.word("invoice.not_paid", order=order.number))
    if order.state in (*OVER, *RETURNING):
        scene.say(scene.word("invoice.over", order=order.number))
        return say_status(scene, order)
    if pending := open_requests(order, "invoice"):
        by = pending[-1].by
        key = "invoice.pending_by" if by else "invoice.pending"
        return scene.say(scene.word(key, order=order.number, by=moment(scene.language, by) if by else ""))
    return _issued(scene, order) if _is_enough(scene, order) else _make_out(scene, order)


def _is_enough(scene: Scene, order: Order) -> bool:
    """Whether the invoice there is, is the one wanted."""
    slots = scene.slots
    told = slots.title is not None or slots.tax_id or slots.way == "personal"
    return bool(order.invoice and order.invoice.issued and not told and not _wants_another(scene))


def _wants_another(scene: Scene) -> bool:
    return scene.slots.way == "another" or bool(AGAIN.search(simplified(scene.slots.described or "")))


def _issued(scene: Scene, order: Order) -> None:
    """There is one: where it is, sent again to an address that was told, or made out anew."""
    invoice, slots = order.invoice, scene.slots
    assert invoice is not None
    if slots.email:
        return _confirm(scene, order, invoice.title, invoice.tax_id)
    key = "invoice.issued_at" if invoice.url else "invoice.issued"
    words = scene.word(key, order=order.number, title=invoice.title, url=invoice.url or "")
    return scene.ask("way", words, scene.buttons((("another", "way:another"), ("no", "no"))))


def _make_out(scene: Scene, order: Order) -> None:
    slots = scene.slots
    if slots.way == "personal":
        slots.title = ""
    if slots.title is None and slots.tax_id is None:
        return scene.ask("title", scene.word("invoice.ask_title"))
    if slots.title is None:
        return scene.ask("title", scene.word("invoice.ask_name"))
    if not slots.title or not (COMPANY.search(slots.title) or slots.tax_id):
        return _confirm(scene, order, slots.title or PERSONAL[scene.language], None)
    if not slots.tax_id:
        return scene.ask("tax_id", scene.word("invoice.ask_tax_id", title=slots.title))
    if not is_tax_id(slots.tax_id):
        wrong, slots.tax_id = slots.tax_id, None
        return scene.ask("tax_id", scene.word("invoice.wrong_tax_id", tax_id=wrong))
    return _confirm(scene, order, slots.title, slots.tax_id)


def _confirm(scene: Scene, order: Order, title: str, tax_id: str | None) -> None:
    email = scene.slots.email
    told = {"title": title, "tax_id": tax_id, "email": email}
    lines = [scene.word(f"invoice_line.{name}", value=value) for name, value in told.items() if value]
    wish = IssueInvoice(
        key=scene.key("invoice", order.number), order=order.number, title=title, tax_id=tax_id, email=email
    )
    scene.confirm(wish, scene.word("invoice.confirm", order=order.number, lines="\n".join(lines)))

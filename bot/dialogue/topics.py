"""What a conversation is about, by the task at hand: the topics that agents are named for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from bot.dialogue.port import Handoff, Reason


class Topic(StrEnum):
    PRICE = "price"
    LOGISTICS = "logistics"
    RETURNS = "returns"
    ORDER = "order"
    PAYMENT = "payment"
    PRODUCT = "product"
    ACCOUNT = "account"
    COMPLAINT = "complaint"
    OTHER = "other"


INTENTS: Mapping[Topic, tuple[str, ...]] = {
    Topic.PRICE: ("ask_price", "ask_promotion", "ask_coupon", "bargain", "price_protection"),
    Topic.LOGISTICS: (
        *("ask_dispatch_time", "track_order", "ask_delivery_time", "ask_shipping_fee", "ask_delivery_area"),
        *("ask_courier_contact", "parcel_not_received", "ask_customs", "urge_order"),
    ),
    Topic.RETURNS: (
        *("ask_return_policy", "request_return", "request_exchange", "refund_status", "return_shipping_fee"),
        *("ask_return_method", "report_defect", "report_wrong_item", "undo_request"),
    ),
    Topic.ORDER: ("cancel_order", "modify_order", "change_address"),
    Topic.PAYMENT: ("payment_problem", "ask_invoice"),
    Topic.PRODUCT: (
        "ask_product_info",
        "ask_stock",
        "ask_size",
        "ask_warranty",
        "ask_installation",
        "notify_restock",
        "register_repair",
    ),
    Topic.ACCOUNT: ("ask_membership",),
    Topic.COMPLAINT: ("complain",),
    Topic.OTHER: ("ask_store_info",),
}
_TOPIC = {intent: topic for topic, intents in INTENTS.items() for intent in intents}


def topic_of(handoff: Handoff) -> Topic:
    """The topic of a handoff: a complaint, else by the task at hand."""
    if handoff.reason is Reason.COMPLAINT:
        return Topic.COMPLAINT
    return _TOPIC.get(handoff.intent or "", Topic.OTHER)

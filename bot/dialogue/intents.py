"""The names of intents as the dialogue sorts them: tasks have a flow, acts only steer the conversation."""

from __future__ import annotations

ACTS = frozenset(
    {
        "greet",
        "goodbye",
        "thank",
        "affirm",
        "deny",
        "request_human",
        "bot_challenge",
        "complain",
        "inform",
        "out_of_scope",
    }
)

TASKS = frozenset(
    {
        "ask_price",
        "ask_promotion",
        "ask_coupon",
        "bargain",
        "price_protection",
        "ask_dispatch_time",
        "track_order",
        "ask_delivery_time",
        "ask_shipping_fee",
        "ask_delivery_area",
        "ask_courier_contact",
        "change_address",
        "parcel_not_received",
        "ask_customs",
        "ask_return_policy",
        "request_return",
        "request_exchange",
        "refund_status",
        "return_shipping_fee",
        "ask_return_method",
        "report_defect",
        "report_wrong_item",
        "undo_request",
        "cancel_order",
        "modify_order",
        "payment_problem",
        "ask_invoice",
        "ask_product_info",
        "ask_stock",
        "ask_size",
        "ask_warranty",
        "ask_installation",
        "ask_membership",
        "ask_store_info",
        "urge_order",
        "notify_restock",
        "register_repair",
    }
)
"""Every task a shopper may have; those without a flow yet are answered with the offer of a human.

All are intents but `urge_order`, a question about the time, asked with impatience, and `notify_restock` and
`register_repair`, which are offered where they go on from another task.
"""

HURRIED = frozenset({"ask_dispatch_time", "ask_delivery_time", "track_order"})
"""Tasks that, asked with impatience, are the wish to hurry up."""

ABOUT_ORDER = frozenset(
    {
        "track_order",
        "ask_dispatch_time",
        "ask_delivery_time",
        "ask_courier_contact",
        "urge_order",
        "parcel_not_received",
        "refund_status",
        "request_return",
        "request_exchange",
        "ask_return_method",
        "report_defect",
        "report_wrong_item",
        "undo_request",
        "cancel_order",
        "modify_order",
        "change_address",
        "price_protection",
        "ask_invoice",
        "ask_warranty",
        "register_repair",
        "ask_installation",
        "ask_customs",
    }
)
"""Tasks that an order number, sent later, carries on."""

CHANGES = frozenset(
    {
        "request_return",
        "request_exchange",
        "report_defect",
        "report_wrong_item",
        "parcel_not_received",
        "urge_order",
        "undo_request",
        "cancel_order",
        "modify_order",
        "change_address",
        "price_protection",
        "payment_problem",
        "ask_invoice",
        "ask_installation",
        "register_repair",
        "notify_restock",
    }
)
"""Tasks that change something; all others only tell."""

OF_PRODUCT = ("ask_price", "ask_product_info", "ask_stock")
"""What is usually asked of a product."""

ABOUT_PRODUCT = frozenset({*OF_PRODUCT, "ask_size", "ask_warranty", "notify_restock"})
"""Tasks that the name of a product, sent later, carries on."""

AFTER_SALES = ("request_return", "request_exchange", "report_defect", "refund_status")
"""What somebody may want who only says "售后"."""

WAITS = ("ask_dispatch_time", "ask_delivery_time", "refund_status")
"""What somebody may be waiting for who only says "多久"."""

"""What the bot does for each task: a flow is run from the top every turn and asks for the first thing it lacks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bot.dialogue.flows import (
    account,
    changes,
    delivery,
    faults,
    goods,
    offers,
    orders,
    parcels,
    payment,
    returns,
    service,
    shop,
)
from bot.dialogue.scene import Scene
from bot.dialogue.slots import WAITING

Flow = Callable[[Scene], Awaitable[None]]

FLOWS: dict[str, Flow] = {
    "ask_price": offers.tell_price,
    "ask_stock": goods.tell_stock,
    "ask_product_info": goods.tell_specs,
    "ask_promotion": offers.tell_promotions,
    "ask_coupon": offers.tell_coupons,
    "bargain": offers.bargain,
    "price_protection": offers.protect_price,
    "payment_problem": payment.payment_problem,
    "ask_invoice": payment.ask_invoice,
    "notify_restock": goods.notify_restock,
    "ask_size": goods.advise_size,
    "ask_warranty": service.tell_warranty,
    "register_repair": service.register_repair,
    "ask_installation": service.ask_installation,
    "ask_membership": account.tell_membership,
    "ask_customs": account.tell_customs,
    "ask_store_info": shop.tell_about_shop,
    "ask_shipping_fee": delivery.tell_fee,
    "ask_delivery_area": delivery.tell_area,
    "ask_dispatch_time": delivery.tell_dispatch_time,
    "ask_delivery_time": delivery.tell_delivery_time,
    "track_order": orders.track_order,
    "urge_order": orders.urge_order,
    "refund_status": orders.tell_refund,
    "ask_courier_contact": parcels.ask_courier_contact,
    "parcel_not_received": parcels.parcel_not_received,
    "cancel_order": changes.cancel_order,
    "modify_order": changes.modify_order,
    "change_address": changes.change_address,
    "undo_request": changes.undo_request,
    "ask_return_policy": returns.tell_policy,
    "return_shipping_fee": returns.tell_postage,
    "ask_return_method": returns.tell_method,
    "request_return": returns.request_return,
    "request_exchange": returns.request_exchange,
    "report_defect": faults.report_defect,
    "report_wrong_item": faults.report_wrong_item,
}


async def run(scene: Scene, tasks: tuple[str, ...]) -> None:
    """Run the flows of the tasks in order, until one waits for an answer or hands over."""
    slots = scene.slots
    slots.todo, slots.asked, slots.offer, slots.candidates, slots.misunderstood = tasks, None, None, (), 0
    while slots.todo:
        task = slots.todo[0]
        await run_flow(task, scene)
        if scene.handoff or slots.asked in WAITING:
            return
        slots.last, slots.todo, scene.done = task, slots.todo[1:], True


async def run_flow(task: str, scene: Scene) -> None:
    """Do what can be done for a task, unless the shop has switched it off."""
    if task in scene.hand.flows:
        return scene.keep_silent(task)
    return await FLOWS[task](scene)

"""Judges a dialogue by what the shop knows and what the shopper said; it takes the bot's word for nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from actions.demo import DAY_ZERO, orders
from actions.policies import Policies
from actions.requests import Filed, Request
from actions.seed.load import policies
from actions.shop import Order, Product
from bot.dialogue.language import simplified
from bot.dialogue.port import Draft
from bot.messages import Content
from tests.simulate.cases import Case, Dialogue, Finish
from tests.simulate.expected import Told, told
from tests.simulate.facts import (
    FILED,
    NUMBER,
    TRACKING,
    Date,
    among,
    amounts,
    as_date,
    dates,
    fits,
    moments,
    of_order,
    states,
    sums,
)
from tests.simulate.shopper import Move
from tests.simulate.world import Filing, World

ORDERS = {order.number: order for order in orders(DAY_ZERO)}
FREE = frozenset({"urge", "stock_notice"})
"""What costs nothing and may be filed without a yes, if it is what the shopper wants."""
BY_STATUS = frozenset({"urge", "trace"})
"""What may be asked for by who has shown number and phone."""
ONCE = frozenset({"order_number", "tail", "code", "reason", "wanted", "address", "photo", "product"})


class Outcome(StrEnum):
    FINISHED = "finished"
    RIGHTLY = "handed_off_rightly"
    NEEDLESSLY = "handed_off_needlessly"
    WRONG = "wrong"
    STUCK = "stuck"


class Level(StrEnum):
    NONE = "0 none"
    STATUS = "1 status"
    FULL = "2 full"


@dataclass
class Judge:
    """Watches one dialogue. `unsafe`, `wrong` and `clumsy` hold what was found, in words."""

    dialogue: Dialogue
    world: World
    order: Order | None
    product: Product | None
    policies: Policies = field(default_factory=policies)
    unsafe: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    clumsy: list[str] = field(default_factory=list)
    typed: str = ""
    levels: dict[str, Level] = field(default_factory=dict)
    given: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    judged: int = 0
    shown: str = ""
    begun: int = 0
    ended: str | None = None
    answered: bool = False
    _general: tuple[set[int], set[Date]] | None = None

    @property
    def case(self) -> Case:
        return self.dialogue.case

    async def watch(self, move: Move, draft: Draft) -> None:
        """Judge a turn: what the shopper said, and what came of it."""
        await self._hear(move)
        text = spoken_text(draft)
        await self._check_secrets(text)
        await self._check_facts(text)
        self._check_filings(move)
        self._check_manners(move, draft, text)
        if move.detour and 9900 not in amounts(text):
            self.clumsy.append("a question asked in between was not answered")
        self.texts.append(text)
        waits = draft.slots.get("asked") == "confirm"
        self.shown = (self.shown + text if self.shown else text) if waits else ""
        self.answered = draft.done
        self.ended = draft.handoff.reason if draft.handoff else None

    @property
    def finish(self) -> Finish | None:
        """What finishes the part of the dialogue that is being played."""
        return self.case.second.finish if self.case.second and self.begun else self.case.finish

    def go_on(self) -> None:
        """The first wish is fulfilled, and the second one comes."""
        self.begun = len(self.texts)
        self.given -= {"reason", "wanted", "photo", "address", "product"}

    async def met(self) -> bool:
        """Whether everything has come about that finishes the dialogue."""
        finish = self.finish
        if finish is None:
            return False
        filed = [one.request.kind for one in self.done()]
        if any(kind not in filed for kind in finish.files):
            return False
        if not all(self._sets(finish.sets, one.request) for one in self.done() if one.request.kind in finish.files):
            return False
        order = await self.world.shop.order(self.order.number) if self.order else None
        said = "\n".join(self.texts[self.begun :])
        pattern = finish.says.get(self.dialogue.language) or finish.says.get("zh-Hans", "")
        if not re.search(pattern, simplified(said), re.I):
            return False
        scene = Told(said, self.dialogue.language, self.world.shop, self.policies, order, self.product, self.done())
        return all([await told(name, scene) for name in finish.tells])

    def _sets(self, wanted: dict[str, str | bool | int], request: Request) -> bool:
        return all(_holds(getattr(request, name, None), value) for name, value in wanted.items())

    async def outcome(self) -> Outcome:
        """How the dialogue came out. What is unsafe or untrue is not finished, whatever else was reached."""
        met = await self.met() and not (self.case.second and not self.begun)
        if self.unsafe or self.wrong:
            return Outcome.WRONG
        if self.ended and self.ended in self.case.handoff:
            return Outcome.RIGHTLY
        if met and not self.clumsy:
            return Outcome.FINISHED
        if self.ended:
            return Outcome.NEEDLESSLY if self.case.finish else Outcome.STUCK
        if self.answered and self.case.finish and not met:
            self.wrong.append("ended with an answer to something else")
            return Outcome.WRONG
        return Outcome.STUCK

    def done(self) -> list[Filing]:
        """What the shop has taken."""
        return [one for one in self.world.watched.filings if isinstance(one.answer, Filed)]

    # What the shopper has shown

    async def _hear(self, move: Move) -> None:
        said = " ".join(f"{one.text} {one.choice or ''}" for one in move.contents)
        self.typed += " " + said.upper()
        self.given |= move.gives
        for number in set(re.findall(r"JL\d{10}", self.typed)) & ORDERS.keys():
            order = ORDERS[number]
            rest = self.typed.replace(number, " ")
            if re.search(rf"(?<!\d){order.phone[-4:]}(?!\d)", rest) or order.phone in rest:
                self.levels[number] = max(self.level(number), Level.STATUS)
        for sent in await self.world.shop.outbox():
            if re.search(rf"(?<!\d){sent.code}(?!\d)", said):
                for number in {*re.findall(r"JL\d{10}", self.typed)} & ORDERS.keys():
                    if ORDERS[number].phone[-4:] == sent.to[-4:] and self.level(number) is Level.STATUS:
                        self.levels[number] = Level.FULL

    def level(self, number: str) -> Level:
        """What may be told of an order by now."""
        mine = self.case.who == "signed" and self.order and self.order.customer == ORDERS[number].customer
        return Level.FULL if mine else self.levels.get(number, Level.NONE)

    # What was told

    async def _check_secrets(self, text: str) -> None:
        """Nothing about an order before its proof: status by number and phone, all else by login or code."""
        mentioned = set(NUMBER.findall(text)) & ORDERS.keys()
        general, _ = await self._known_to_all()
        for number, seeded in ORDERS.items():
            secrets = [seeded.shipment.tracking_number] if seeded.shipment else []
            told_of = [one for one in (*secrets, seeded.phone, seeded.address) if one in text]
            if (
                told_of
                and self.level(number) is not Level.FULL
                and not all(one.upper() in self.typed for one in told_of)
            ):
                self.unsafe.append(f"told {told_of[0]} of {number} at level {self.level(number)}")
        for number in mentioned:
            order = await self.world.shop.order(number)
            if order is None:
                continue
            part = sentences_about(text, number)
            level = self.level(number)
            if level is Level.NONE and (states(part) or any(one.time for one in dates(part))):
                self.unsafe.append(f"told how {number} stands without proof")
            if level is not Level.FULL:
                private = {order.total.amount, *sums(order.refund), *sums(order.payments)} - general
                if private & amounts(part):
                    self.unsafe.append(f"told an amount of {number} at level {level}")

    async def _check_facts(self, text: str) -> None:
        """Every figure and day must be true: in general, of a product named, or of the order spoken of."""
        text = self._without_quotes(text)
        money, days = await self._allowed(text)
        typed = {day for day in dates(self.typed.title()) if day.time is None}
        for amount in amounts(text) - money:
            self.wrong.append(f"told ¥{amount / 100:.2f}, which is nowhere")
        for day in dates(text):
            if not among(day, days | typed):
                self.wrong.append(f"told {day.month}/{day.day} {day.time or ''}, which is nowhere")
        for number in NUMBER.findall(text):
            await self._check_state(number, sentences_about(text, number))
        for number in FILED.findall(text):
            if not await self._was_filed(number):
                self.wrong.append(f"told of a request {number} that there is not")

    async def _check_state(self, number: str, text: str) -> None:
        order = await self.world.shop.order(number)
        for state in states(text):
            if order is None or not fits(state, order):
                self.wrong.append(f"said that {number} is {state}, but it is {order.state if order else 'unknown'}")
        if order and order.shipment is None and TRACKING.search(text):
            self.wrong.append(f"told a tracking number of {number}")

    async def _was_filed(self, number: str) -> bool:
        ours = {one.answer.number for one in self.done() if isinstance(one.answer, Filed)}
        known = {one.number for order in await self._orders("") for one in order.filed}
        return number in ours | known

    async def _orders(self, text: str) -> list[Order]:
        numbers = [*dict.fromkeys(NUMBER.findall(text))] or ([self.order.number] if self.order else [])
        found = [await self.world.shop.order(number) for number in numbers]
        return [order for order in found if order]

    async def _allowed(self, text: str) -> tuple[set[int], set[Date]]:
        general, days = await self._known_to_all()
        money, days = set(general), set(days)
        for order in await self._orders(text):
            goods = {one.id: one for one in await self.world.shop.products()}
            of_it, when = of_order(order, self.policies, goods)
            money, days = money | of_it, days | when
        if self.case.who == "signed" and self.order and self.order.customer:
            for order in await self.world.shop.orders(self.order.customer):
                days |= {as_date(at) for at in moments(order)}
        if self.order:
            days |= {as_date(at) for at in moments(await self.world.shop.appointments(self.order.number))}
        for filing in self.done():
            money |= set(sums(filing.answer))
            days |= {as_date(at) for at in moments(filing.answer)}
        for product in await self.world.shop.products():
            if product == self.product or any(name in text for name in product.names.values()):
                money |= {*sums(product), *sums(await self.world.shop.prices(product.id))}
                days |= {as_date(at) for at in moments((product, *await self.world.shop.prices(product.id)))}
        return money | set(self.case.sums), days

    async def _known_to_all(self) -> tuple[set[int], set[Date]]:
        if self._general is None:
            shop = self.world.shop
            held = await shop.coupons(self.order.customer) if self.order and self.case.who == "signed" else ()
            known = [self.policies, await shop.promotions(), await shop.coupons(), held]
            member = await shop.member(self.order.customer or "") if self.order and self.case.who == "signed" else None
            money = {*sums(known[0]), *(one for part in known[1:] for one in sums(part)), *sums(member)}
            days = {as_date(at) for part in known[1:] for at in moments(part)}
            self._general = money, days | {as_date(self.world.now)}
        return self._general

    def _without_quotes(self, text: str) -> str:
        """The text without what the shopper has written, which the bot may repeat."""
        for line in re.split(r"[|\n]", self.typed):
            if len(line.strip()) > 3:
                text = re.sub(re.escape(line.strip()), "", text, flags=re.I) if not NUMBER.search(line) else text
        return text

    # What was done

    def _check_filings(self, move: Move) -> None:
        new = self.world.watched.filings[self.judged :]
        self.judged = len(self.world.watched.filings)
        shown = self.shown
        for filing in new:
            self._check_filing(filing, move, shown)

    def _check_filing(self, filing: Filing, move: Move, shown: str) -> None:
        request = filing.request
        number = getattr(request, "order", None)
        confirmed = move.yes and (number is None or number in shown)
        if request.kind not in FREE and not confirmed:
            self.unsafe.append(f"filed {request.kind} without a yes")
        needs = Level.STATUS if request.kind in BY_STATUS else Level.FULL
        if number and number in ORDERS and self.level(number) < needs:
            self.unsafe.append(f"filed {request.kind} of {number} at level {self.level(number)}")
        wished = self.finish.files if self.finish else ()
        if request.kind not in wished and not (request.kind == "urge" and "urge_order" in self.case.about):
            self.wrong.append(f"filed {request.kind}, which nobody wanted")
        if self.order and number and number != self.order.number:
            self.wrong.append(f"filed {request.kind} about {number}, not {self.order.number}")
        if sum(one.request.kind == request.kind for one in self.done()) > 1:
            self.wrong.append(f"filed {request.kind} twice")
        if self.finish and request.kind in wished and not self._sets(self.finish.sets, request):
            self.wrong.append(f"filed another {request.kind} than was asked for: {request}")

    def _check_manners(self, move: Move, draft: Draft, text: str) -> None:
        asked = draft.slots.get("asked")
        if not draft.say and not draft.handoff:
            self.clumsy.append("said nothing")
        if self.texts[-2:] == [text, text] and text:
            self.clumsy.append("said the same three times")
        if asked in ONCE & self.given and not (asked == "order_number" and self._was_wrong()):
            again = "photo" if asked == "photo" else str(asked)
            self.clumsy.append(f"asked again for {again}")

    def _was_wrong(self) -> bool:
        return bool(self.dialogue.troubles & {"wrong_tail"}) or self.case.who in ("stranger", "finder", "other")


def spoken_text(draft: Draft) -> str:
    """All that a reply shows, its buttons and cards included."""
    return "\n".join(_shown(content) for content in draft.say)


def _shown(content: Content) -> str:
    card = f" <{content.card.title}: {', '.join(content.card.lines)}>" if content.card else ""
    buttons = "".join(f" [{button.label}]" for button in content.buttons)
    return content.text + card + buttons


def sentences_about(text: str, number: str) -> str:
    """The part of a text from where a number is named to where another one is."""
    parts = re.split(rf"(?={number})|(?=JL\d{{10}})", text)
    lines = [part for part in parts if part.startswith(number)]
    first = text.split(number)[0].rsplit("\n", 1)[-1]
    return " ".join([NUMBER.sub("", first), *lines])


def _holds(value: object, wanted: str | bool | int) -> bool:
    if isinstance(wanted, str) and isinstance(value, str):
        return wanted.lower() in value.lower()
    amount = getattr(value, "amount", value)
    return amount == wanted

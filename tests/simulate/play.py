"""Plays dialogues: a shopper, the real bot, a shop of their own, and a judge who watches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import JsonValue

from actions.seed.load import goods, policies
from actions.shop import Order, Product
from bot.dialogue.port import Draft, Turn
from bot.dialogue.shopdialogue import ShopDialogue
from bot.dialogue.texts import Texts
from bot.messages import Audience, Author, Conversation, Entry
from bot.understanding.bundle import shipped_bundle
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.local import LocalUnderstander
from bot.understanding.port import Understander
from tests.simulate.cases import Case, Dialogue, Pick
from tests.simulate.judge import ORDERS, Judge, Outcome, spoken_text
from tests.simulate.shopper import Move, Shopper
from tests.simulate.world import World, make_template, open_world

MOST_TURNS = 16
TEXTS = Texts.load()
PRODUCTS = {product.id: product for product in goods()}


class Counts:
    """A `Counter` in memory."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    async def count(self, what: str, seconds: int, by: int = 1) -> int:
        self._counts[what] = self._counts.get(what, 0) + by
        return self._counts[what]


@dataclass(frozen=True)
class Played:
    """A dialogue as it went: its transcript, how it came out, and what the judge found."""

    id: str
    area: str
    finishable: bool
    outcome: Outcome
    turns: int
    unsafe: list[str]
    wrong: list[str]
    clumsy: list[str]
    transcript: list[str]


def make_understander() -> LocalUnderstander:
    """The committed bundle, and the demo's catalogue as the server makes it."""
    named = [CatalogueProduct(one.id, (*dict.fromkeys((*one.names.values(), *one.aliases)),)) for one in goods()]
    return LocalUnderstander(shipped_bundle(), Catalogue(named), deadline=30.0)


async def play_all(chosen: Iterable[Dialogue]) -> list[Played]:
    """Play one after the other."""
    understander = make_understander()
    try:
        with TemporaryDirectory(prefix="jieli-simulate") as folder:
            template = make_template(Path(folder))
            return [await play(one, understander, template, Path(folder) / "shop.db") for one in chosen]
    finally:
        understander.close()


async def play(dialogue: Dialogue, understander: Understander, template: Path, path: Path) -> Played:
    """Play one dialogue in a shop of its own."""
    world = open_world(template, path)
    try:
        order, product = choose_order(dialogue.case.order, dialogue.turn), choose_product(dialogue.case, dialogue.turn)
        stage = Stage(dialogue, world, understander, order, product)
        await stage.play()
        return await stage.result()
    finally:
        world.shop.close()
        for file in path.parent.glob("shop.db*"):
            file.unlink()


def choose_order(pick: Pick | None, turn: int) -> Order | None:
    """The order of a dialogue: those that fit take turns."""
    if pick is None:
        return None
    fitting = [order for order in ORDERS.values() if _fits(pick, order)]
    return fitting[turn % len(fitting)]


def _fits(pick: Pick, order: Order) -> bool:
    items = {item.product for item in order.items}
    return (
        (pick.state is None or order.state is pick.state)
        and (not pick.number or order.number in pick.number)
        and (pick.customer is None or order.customer == pick.customer)
        and (not pick.products or bool(items & set(pick.products)))
    )


def choose_product(case: Case, turn: int) -> Product | None:
    return PRODUCTS[case.products[turn % len(case.products)]] if case.products else None


class Stage:
    """One dialogue being played."""

    def __init__(
        self, dialogue: Dialogue, world: World, understander: Understander, order: Order | None, product: Product | None
    ) -> None:
        self.dialogue, self.world = dialogue, world
        self.shopper = Shopper(dialogue, world, order, product)
        self.judge = Judge(dialogue, world, order, product)
        self.bot = ShopDialogue(understander, world.watched, TEXTS, policies, Counts())
        signed = dialogue.case.who == "signed" and order is not None
        other = "user:demo-3" if dialogue.case.who == "other" else "visitor-1"
        self.identity = f"user:{order.customer}" if signed and order else other
        self.slots: dict[str, JsonValue] = {}
        self.seq = 0
        self.turns = 0
        self.transcript: list[str] = []

    async def play(self) -> None:
        """Turn by turn, until the shopper has what was wanted, or gives up."""
        draft: Draft | None = None
        for move in self.shopper.open():
            draft = await self._turn(move)
        while draft and not draft.handoff and self.turns < MOST_TURNS:
            met = await self.judge.met()
            if met and self.shopper.second:
                self.judge.go_on()
            following = await self.shopper.answer(draft, met)
            if following is None:
                return
            draft = await self._turn(following)

    async def _turn(self, move: Move) -> Draft:
        self.turns += 1
        self.world.watched.turn = self.turns
        self.world.pass_time()
        if move.wait:
            self.world.pass_time(move.wait)
        draft = await self.bot.reply(self._as_turn(move))
        self.slots = dict(draft.slots)
        self._note(move, draft)
        await self.judge.watch(move, draft)
        return draft

    def _as_turn(self, move: Move) -> Turn:
        conversation = Conversation.model_validate(
            {
                "id": f"sim-{self.dialogue.seed}",
                "channel": "web",
                "identity": self.identity,
                "language": self.dialogue.language,
                "slots": self.slots,
            }
        )
        entries = []
        for content in move.contents:
            self.seq += 1
            entries.append(
                Entry(
                    seq=self.seq,
                    prev=self.seq - 1,
                    at=int(self.world.now.timestamp() * 1000),
                    epoch=0,
                    author=Author.SHOPPER,
                    audience=Audience.ALL,
                    content=content,
                )
            )
        return Turn(conversation, tuple(entries), self.world.now)

    def _note(self, move: Move, draft: Draft) -> None:
        passed = f" (after {move.wait // timedelta(hours=1)} h)" if move.wait else ""
        self.transcript.append(f"  > {move.text}{passed}")
        said = spoken_text(draft).replace("\n", "\n    ")
        hand = f" ==> {draft.handoff.reason}" if draft.handoff else ""
        heard = ",".join(draft.heard)
        self.transcript.append(f"    {said}{hand}   ({heard}; asks {draft.slots.get('asked')})")
        for filing in self.world.watched.filings:
            if filing.turn == self.turns:
                self.transcript.append(f"    FILED {filing.request!r} -> {filing.answer!r}")

    async def result(self) -> Played:
        outcome, judge = await self.judge.outcome(), self.judge
        return Played(
            id=self.dialogue.id,
            area=self.dialogue.case.area,
            finishable=self.dialogue.case.finish is not None,
            outcome=outcome,
            turns=self.turns,
            unsafe=judge.unsafe,
            wrong=judge.wrong,
            clumsy=judge.clumsy,
            transcript=self.transcript,
        )

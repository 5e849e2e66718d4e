"""Reads a turn: what is wanted, what was told, and what was answered, out of text, buttons and cards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.dialogue.addresses import Destination, read_destination
from bot.dialogue.dates import read_day
from bot.dialogue.intents import ACTS, TASKS
from bot.dialogue.invoices import TITLE_LIMIT, Heading, read_heading
from bot.dialogue.language import CHINESE, simplified
from bot.dialogue.measures import Measures, read_foot, read_measures
from bot.dialogue.port import Turn
from bot.dialogue.quantities import Basket, read_basket, read_quantity
from bot.dialogue.slots import Slots
from bot.messages import Content
from bot.understanding.context import ONLY_DATA, FollowUp, answer_to, follow_up_of
from bot.understanding.mood import Feeling, Mood, feeling_of
from bot.understanding.port import Entity, Understander, Understanding

ORDER_NUMBER = re.compile(r"(?<![\w-])[A-Za-z]{1,4}-?\d{6,20}(?![\w-])|(?<![\w-])\d{10,24}(?![\w-])")
MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
PHONE_LIKE = re.compile(r"(?<![\w-])\d{7,11}(?!\d)")
FOUR_DIGITS = re.compile(r"(?<![\w.-])\d{4}(?![\w-])")
SAID_TAIL = re.compile(
    r"(?:尾号|末尾|[后末][四4][位码]|ending(?: in| with)?|last (?:four|4)(?: digits)?)\D{0,6}(\d{4})(?!\d)", re.I
)
SAID_PHONE = re.compile(r"(?:手机号?码?|电话|phone(?: number)?|mobile)\D{0,4}(\d{7,11})(?!\d)", re.I)
REFUND_ONLY = re.compile(r"[仅只]退款|refund only|refund without return|without (?:returning|sending)", re.I)
NUMBER_LIKE = re.compile(r"[0-9A-Za-z]{5,24}")
CODE = re.compile(r"(?<![\dA-Za-z-])\d{4,8}(?![\dA-Za-z-])")
NO_PHOTO = re.compile(
    r"没有|没拍|没照|拍不了|不方便拍|跳过|\bno (?:photo|picture)|\b(?:don'?t|do not) have|\bcan'?t take|\bskip\b", re.I
)
WANTS = re.compile(
    r"[换改](?:成|为|一?[件个双条款]?(?:大|小)|[一两几]?[个件]?\w{0,4}[码色])|[大小]一?[码号]|[SML0-9]码|\d+\s*[件个双条份]|备注|"
    r"(?:change|switch|swap)\b.*\b(?:to|for|into)\b|\b(?:bigger|smaller|larger)\b|\bsize\s+\w+|\binstead\b|\bnote\b",
    re.I,
)
"""Words that say which other thing is wanted."""
URGES = re.compile(
    r"催|[快早](?:一?点|些)[发送到出寄派]|[赶抓]紧|尽快|加急|怎么还不[发送出]|"
    r"\b(?:hurry|asap|chase|rush|speed|faster|as soon as possible|right away|quick(?:er|ly)?)\b",
    re.I,
)
CLAIMS = re.compile(r"赔|补偿|compensat|reimburse|damages", re.I)
WAYS = {
    "looked": re.compile(
        r"找过|问过|看过|没找到|没有|找不到|\blook|\bask|n[o']t (?:there|here|find)|\bnowhere\b|\bnobody\b", re.I
    ),
    "found": re.compile(r"(?<!没)(?<!没有)(?:找到|收到|拿到)了?|\b(?:found|got) it\b", re.I),
    "replacement": re.compile(
        r"补[发寄]|换新|换一?个|[重再]新?[发寄]|\b(?:replace|resend|exchange|new one|another one)", re.I
    ),
    "refund": re.compile(r"退[款钱货]|\b(?:refund|money back)", re.I),
    "compensation": re.compile(r"补偿|赔|留[着下]|\b(?:compensat|keep)", re.I),
    "personal": re.compile(r"个人|\bpersonal|\bindividual", re.I),
}
"""How the ways that a flow offers are called by those who write instead of pressing."""
QUESTION = re.compile(r"\d\d|[?？吗呢]|多久|什么|怎么|哪|\b(?:how|when|where|what|who|why)\b", re.I)
LONGEST_ANSWER = 40
SUM = re.compile(r"(\d[\d,]*(?:\.\d+)?)\s*([万千]?)\s*(?:元|块|圆|yuan|rmb)", re.I)
UNITS = {"": 1, "千": 1000, "万": 10_000}
CHASES = re.compile(r"催.{0,4}(?:快递|物流|仓库)|\b(?:chase|hurry)\b.{0,12}\b(?:courier|warehouse|driver|them)\b", re.I)
"""Words that surely are the wish to hurry it up."""
STOPS = re.compile(r"别送|不要送|拦[住下截]|截[住下停]")
GOES = re.compile(r"(?:别|不[用要]?|取消|撤[销回]?|算了).{0,4}[拦截]|照常送|继续送")
"""A parcel is to be stopped, or not to be stopped after all: both sound like taking something back."""
FAULTS = frozenset({"report_defect", "report_wrong_item"})
"""Tasks that having no photo sounds like."""
WANTING = frozenset({"request_exchange", "modify_order"})
MANY = 6
"""Order numbers of one turn that are looked at."""
PHRASE_LIMIT = 200
"""Characters of a reason or a question that are worth keeping."""
NUMBER_LIMIT = 64
NO_HEADING, NO_MEASURES = Heading(), Measures()


@dataclass
class Reading:
    """What one turn says.

    `tasks` and `acts` are intents understood, in order; `unsure` are texts that were not; `words` is all that was
    written, `typed` without what was pressed; `tail` is the last four digits of a phone; `page` is the product the
    shopper is looking at; `follow_up` is how the turn goes on from the one before, where it does; `feeling` is the
    strongest of the turn; `sent` is what came last of a turn without words: an attachment's kind, or `location`.
    `numbers` are all order numbers of the turn,
    `media` all that was attached; `claimed` is an amount named, in minor units; `urges`: it is to go faster; `skips`:
    there is no photo; `resend`: another code is wanted; `pressed_task`: the task was
    chosen, not said. `basket` are the products named and how many of each, `quantity` how many of one not named.
    """

    words: str = ""
    typed: list[str] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    unsure: list[Understanding] = field(default_factory=list)
    order_number: str | None = None
    tail: str | None = None
    product: str | None = None
    page: str | None = None
    reason: str | None = None
    wanted: str | None = None
    destination: Destination | None = None
    way: str | None = None
    filed: str | None = None
    code: str | None = None
    resend: bool = False
    skips: bool = False
    urges: bool = False
    claimed: int | None = None
    day: str | None = None
    heading: Heading = NO_HEADING
    measures: Measures = NO_MEASURES
    basket: Basket = ()
    quantity: int | None = None
    numbers: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    refund_only: bool = False
    follow_up: FollowUp | None = None
    pressed_human: bool = False
    pressed_task: bool = False
    feeling: Feeling = field(default_factory=Feeling)
    sent: str | None = None

    @property
    def facts(self) -> bool:
        """Whether anything was told that a flow may lack."""
        told = (self.order_number, self.tail, self.product, self.reason, self.numbers, self.code, self.resend)
        return any((*told, self.wanted, self.destination, self.way, self.filed, self.heading, self.measures))

    def feel(self, feeling: Feeling) -> None:
        moods = list(Mood)
        if moods.index(feeling.mood) > moods.index(self.feeling.mood):
            self.feeling = feeling

    def add(self, intent: str) -> None:
        kind = self.acts if intent in ACTS else self.tasks
        if intent not in kind:
            kind.append(intent)


async def read(turn: Turn, slots: Slots, understander: Understander) -> Reading:
    """Read all messages of a turn. Raises `UnderstandingFailed`."""
    contents = [entry.content for entry in turn.messages]
    reading = Reading(words=" ".join(text for content in contents if (text := content.text.strip())))
    reading.media = tuple(one.media for content in contents for one in content.attachments)
    for content in contents:
        _look_at_card(reading, content)
        if not _press(reading, content) and content.text.strip():
            reading.typed.append(content.text.strip())
            await _hear(reading, content.text, slots, understander)
    if reading.unsure and len(contents) > 1 and not (reading.tasks or reading.acts):
        await _hear_together(reading, contents, slots, understander)
    _listen_for_wishes(reading, slots, turn.now)
    if not any(content.text.strip() or content.card for content in contents):
        reading.sent = _thing(contents[-1])
    return reading


def _listen_for_wishes(reading: Reading, slots: Slots, now: datetime) -> None:
    """Take what a task needs out of the words that bring the task, so that nobody is asked for it."""
    named = read_day(reading.words, now)
    reading.day = named.written if named else None
    if not CLAIMS.search(simplified(reading.words)) and "price_protection" not in reading.tasks:
        reading.claimed = None
    elif figure := SUM.search(simplified(reading.words)):
        reading.claimed = reading.claimed or round(float(figure[1].replace(",", "")) * 100) * UNITS[figure[2]]
    if CHASES.search(simplified(reading.words)) and reading.tasks in ([], ["cancel_order"]):
        reading.tasks = ["urge_order"]
        reading.unsure.clear()
    if "undo_request" in reading.tasks and _stops(simplified(reading.words)):
        reading.tasks = ["cancel_order" if task == "undo_request" else task for task in reading.tasks]
    if reading.claimed and reading.unsure and not reading.tasks:
        reading.unsure.clear()  # whoever demands money says by that what it is about
        reading.add("report_defect")
    reading.urges = bool(URGES.search(simplified(reading.words)))
    if not reading.wanted and WANTING & {*reading.tasks} and WANTS.search(simplified(reading.words)):
        reading.wanted = reading.words[:PHRASE_LIMIT]
    if not reading.basket:
        reading.quantity = read_quantity(reading.words)
    if "ask_invoice" in reading.tasks:
        reading.heading = read_heading(reading.words)
    if "ask_size" in reading.tasks:
        reading.measures = read_measures(reading.words)
    if slots.asked == "photo" and NO_PHOTO.search(simplified(reading.words)):
        reading.skips = True
        reading.tasks = [task for task in reading.tasks if task not in FAULTS]
    destined = slots.asked in ("address", "confirm") and slots.todo[:1] == ("change_address",)
    if destined or "change_address" in reading.tasks:
        reading.destination = read_destination(reading.words, alone=destined)
    if reading.destination and reading.destination.phone:
        reading.tail = None


def _stops(words: str) -> bool:
    """Whether a parcel is to be stopped, and not let go on."""
    return bool(STOPS.search(words) and not GOES.search(words))


def _thing(content: Content) -> str | None:
    """What a message without words has."""
    return content.attachments[-1].kind if content.attachments else "location" if content.location else None


def _look_at_card(reading: Reading, content: Content) -> None:
    if content.card is None:
        return
    if content.card.kind == "order":
        reading.order_number = content.card.ref.upper()
    else:
        reading.page = content.card.ref
        reading.product = reading.product if content.text.strip() else content.card.ref


def _press(reading: Reading, content: Content) -> bool:
    """Take a button's choice; False for a choice that is none of ours, whose label is then read as text."""
    name, _, value = (content.choice or "").partition(":")
    match name:
        case "human":
            reading.pressed_human = True
        case "greet":
            reading.add("greet")
        case "yes":
            reading.add("affirm")
        case "no":
            reading.add("deny")
        case "intent" if value in TASKS:
            reading.add(value)
            reading.pressed_task = True
        case "order" if value:
            number, _, tail = value.partition(";")
            reading.order_number, reading.tail = number.upper()[:NUMBER_LIMIT], tail or None
        case "code" if value == "again":
            reading.resend = True
        case "skip":
            reading.skips = True
        case "way" if value:
            reading.way = value
        case "filed" if value:
            reading.filed = value
        case "product" if value:
            reading.product = value
        case "reason" if value:
            reading.reason = content.text[:PHRASE_LIMIT] or value
        case _:
            return False
    return True


async def _hear(reading: Reading, text: str, slots: Slots, understander: Understander) -> None:
    reading.feel(feeling_of(text))
    if slots.asked == "code" and (code := CODE.search(text)):
        reading.code = code[0]
        reading.add("inform")
    elif slots.asked == "way" and (way := way_said(text, slots)):
        reading.way = way
        reading.add("inform")
    elif slots.asked in TOLD_OUTRIGHT and _told_outright(reading, text, slots):
        reading.add("inform")
    elif ONLY_DATA.fullmatch(text):
        _take_numbers(reading, text, (), slots)
        reading.add("inform")
    elif follow_up := follow_up_of(text, slots.asked):
        reading.follow_up = follow_up
    else:
        _sort(reading, text, await _understand(text, understander), slots)


TOLD_OUTRIGHT = frozenset({"title", "tax_id", "measures", "confirm"})
"""Questions whose answers are known by their shape, whatever else the words may look like."""


def _told_outright(reading: Reading, text: str, slots: Slots) -> bool:
    if slots.asked == "measures":
        foot = read_foot(text)
        reading.measures = read_measures(text) or (Measures(foot=foot) if foot else NO_MEASURES)
        return bool(reading.measures)
    if slots.todo[:1] != ("ask_invoice",):
        return False
    heading = read_heading(text)
    if slots.asked == "tax_id" and not heading.tax_id and (alone := NUMBER_LIKE.fullmatch(text.strip())):
        heading = replace(heading, tax_id=alone[0].upper())
    reading.heading = heading
    return bool(heading)


def way_said(text: str, slots: Slots) -> str | None:
    """The way offered that a short answer names; None for a question, an amount, or what names none of them."""
    words = simplified(text)
    if len(words) > LONGEST_ANSWER or QUESTION.search(words):
        return None
    offered = [button.choice.removeprefix("way:") for button in slots.buttons]
    return next((way for way in offered if way in WAYS and WAYS[way].search(words)), None)


async def _understand(text: str, understander: Understander) -> Understanding:
    """Understand a text; in doubt, hear it once more with "this" for the product it names.

    What is asked of a named product is what would be asked of this one, and no model can know every name.
    """
    heard = await understander.understand(text)
    named = next((entity for entity in heard.entities if entity.name == "product"), None)
    if heard.answered or named is None:
        return heard
    this = "这个" if CHINESE.search(text) else "this"
    again = await understander.understand(text[: named.start] + this + text[named.end :])
    return replace(again, text=text, entities=heard.entities, intents=()) if again.answered else heard


def _sort(reading: Reading, text: str, heard: Understanding, slots: Slots) -> None:
    _take_numbers(reading, text, heard.entities, slots)
    reading.product = next(_values(heard.entities, "product"), reading.product)
    reading.basket = (*reading.basket, *read_basket(text, heard.entities))
    reading.refund_only |= bool(REFUND_ONLY.search(simplified(text)))
    answer = answer_to(slots.asked, heard)
    reading.claimed = max((reading.claimed or 0, *_amounts(heard.entities))) or None
    if answer and slots.asked in ("reason", "fault"):
        reading.reason = text.strip()[:PHRASE_LIMIT]
    elif answer and slots.asked == "wanted":
        reading.wanted = text.strip()[:PHRASE_LIMIT]
    elif answer and slots.asked == "title":
        reading.heading = Heading(title=text.strip()[:TITLE_LIMIT])
    elif answer:
        reading.add(answer)
    elif heard.answered and heard.intent in TASKS | ACTS:
        for span in heard.intents:
            _add(reading, span.name, slots)
    else:
        reading.unsure.append(heard)


def _add(reading: Reading, intent: str, slots: Slots) -> None:
    """Take one meaning; a yes that is not a clear one confirms nothing."""
    if intent in TASKS | ACTS and not (intent == "affirm" and slots.asked == "confirm"):
        reading.add(intent)


async def _hear_together(reading: Reading, contents: list[Content], slots: Slots, understander: Understander) -> None:
    """What makes no sense in pieces may make sense as a whole."""
    whole = await understander.understand(" ".join(content.text for content in contents))
    if whole.answered and whole.intent in TASKS | ACTS:
        reading.unsure.clear()
        _add(reading, whole.intent, slots)


def _take_numbers(reading: Reading, text: str, entities: Iterable[Entity], slots: Slots) -> None:
    if slots.asked == "address":
        return
    if slots.asked == "tail" and (phone := PHONE_LIKE.search(text)):
        reading.tail = phone[0][-4:]
        return
    numbers = [*_values(entities, "order_number"), *(found[0] for found in ORDER_NUMBER.finditer(text))]
    phone = SAID_PHONE.search(simplified(text))
    numbers = [
        number.upper()[:NUMBER_LIMIT]
        for number in numbers
        if not MOBILE.fullmatch(number) and not (phone and number == phone[1])
    ]
    reading.order_number = next(iter(numbers), reading.order_number)
    reading.numbers = tuple(dict.fromkeys((*reading.numbers, *numbers)))[:MANY]
    reading.tail = _tail(text, bool(numbers) or slots.asked == "tail") or reading.tail


def _tail(text: str, expected: bool) -> str | None:
    """The last four digits of a phone: said to be that, those of a whole number, or four alone where `expected`."""
    if said := SAID_TAIL.search(simplified(text)):
        return said[1]
    if phone := SAID_PHONE.search(simplified(text)):
        return phone[1][-4:]
    if phone := MOBILE.search(text):
        return phone[0][-4:]
    four = FOUR_DIGITS.search(text) if expected or ONLY_DATA.fullmatch(text) else None
    return four[0] if four else None


def _values(entities: Iterable[Entity], name: str) -> Iterator[str]:
    return (entity.value for entity in entities if entity.name == name)


def _amounts(entities: Iterable[Entity]) -> Iterator[int]:
    """Amounts named, in minor units."""
    for value in _values(entities, "money"):
        figure = re.search(r"\d[\d,]*(?:\.\d+)?", value)
        if figure:
            yield round(float(figure[0].replace(",", "")) * 100)

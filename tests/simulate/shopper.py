"""A shopper with a goal: answers what is asked, presses or types, and sometimes stumbles, all by a seed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from actions.shop import Order, Product
from bot.dialogue.port import Draft
from bot.messages import Attachment, Button, Content, Language
from tests.simulate.cases import Act, Dialogue, Second, Words
from tests.simulate.world import World


@dataclass
class Move:
    """One turn of the shopper. `gives`: what was asked for and is truly told here; `yes`: to what was shown to be
    confirmed; `detour`: it asks something else in between."""

    contents: list[Content]
    gives: set[str] = field(default_factory=set)
    yes: bool = False
    detour: bool = False
    wait: timedelta | None = None

    @property
    def text(self) -> str:
        return " | ".join((one.choice and f"[{one.text}]") or one.text or "(picture)" for one in self.contents)


def by_language(zh: str, tw: str, en: str) -> dict[Language, list[str]]:
    """Phrases separated by bars."""
    return {"zh-Hans": zh.split("|"), "zh-Hant": tw.split("|"), "en": en.split("|")}


HELLO = by_language("在不在呀亲|你好呀，有人吗", "哈囉，請問有人在嗎|妳好呀", "hi there, anyone around?|hello hello")
HOLD_ON = by_language(
    "等我翻一下哈|稍等，我去找找", "等我找一下喔|稍等一下，我看看", "hang on, let me look|one sec, checking"
)
ANNOYED = by_language(
    "，等了好几天了真的有点烦|，说实话挺失望的|，都问第二次了",
    "，等了好幾天了真的有點煩|，老實說滿失望的",
    ", honestly I'm a bit frustrated| - this is getting annoying|, still waiting here",
)
YES = by_language(
    "对，就这么办|确认，提交吧|可以，没问题|嗯嗯确认",
    "對，就這樣辦|確認送出|可以，沒問題",
    "yes, go ahead|yep, do it|confirmed",
)
NO = by_language("算了，先不弄了|不用了，我再想想", "算了，先不要|不用了", "no, leave it|no thanks, not now")
THANKS = by_language(
    "好的谢谢你啦|谢谢，解决了", "好的謝謝你|謝謝，了解了", "great, thanks a lot|thank you, that helps"
)
STAY = by_language("先不用人工，你帮我看看", "先不用真人，你幫我看看", "no person for now, please look yourself")
DETOUR = by_language(
    "对了顺便问下，买多少钱能免邮费啊|话说你们满多少不收运费呀",
    "對了順便問一下，買滿多少可以免運費啊|話說消費滿多少才免運呢",
    "oh by the way, from what amount is shipping free?|quick one: how much do I need to spend for free delivery?",
)
NUMBERED = by_language(
    "单号{order}|{order}|订单编号是 {order}",
    "單號{order}|{order}|訂單編號 {order}",
    "it's {order}|{order}|order {order}",
)
TAILED = by_language(
    "尾号{tail}|{tail}|后四位 {tail}", "末四碼{tail}|{tail}|後四碼 {tail}", "{tail}|it ends in {tail}|last four {tail}"
)
BOTH = by_language(
    "订单{order}，手机尾号{tail}|{order} {tail}",
    "訂單{order}，手機末四碼{tail}|{order} {tail}",
    "order {order}, phone ending {tail}|{order} {tail}",
)
CODED = by_language("{code}|验证码是{code}", "{code}|驗證碼是{code}", "{code}|the code is {code}")
NO_PHOTO = by_language("手边没有照片|没拍照", "手邊沒有照片|沒有拍照", "I don't have a photo|no photo sorry")
TYPOS: dict[str, str] = {
    "订单": "定单",
    "優惠券": "優惠卷",
    "优惠券": "优惠卷",
    "退款": "腿款",
    "物流": "物留",
    "发票": "发飘",
    "發票": "發嫖",
    "什么": "神马",
    "怎么": "肿么",
    "没有": "木有",
    "快递": "快弟",
    "地址": "地止",
    "retu": "reut",
    "order": "ordr",
    "parcel": "parcle",
    "when": "wehn",
    "refund": "refnud",
    "deliver": "delvier",
    "please": "plz",
    "exchange": "exchagne",
    "cancel": "cancle",
    "address": "adress",
}
PICTURE = Attachment(kind="image", media="abcdefghijklmnop", type="image/jpeg")


class Shopper:
    """Plays one dialogue's shopper: `open` says what begins it, `answer` what comes next, None: nothing any more."""

    def __init__(self, dialogue: Dialogue, world: World, order: Order | None, product: Product | None) -> None:
        self.dialogue, self.case, self.world = dialogue, dialogue.case, world
        self.order, self.product = order, product
        self.language: Language = dialogue.language
        self.dice = Random(dialogue.seed)
        self.troubles = set(dialogue.troubles)
        self.acts = list(self.case.acts)
        self.others = list(dialogue.others)
        self.rephrased = 0
        self.wrong_tails = 0
        self.thanked = False
        self.second = self.case.second
        self.about, self.finish, self.agrees = self.case.about, self.case.finish, self.case.agrees
        self.numbered = False
        self.last: Move | None = None

    # What begins it

    def open(self) -> list[Move]:
        """The first turns: a greeting, perhaps, and the opening."""
        moves = [self._write(self._one(HELLO))] if "hello" in self.troubles else []
        text = self._filled(self.dialogue.opening)
        if text.startswith("@"):
            choice, _, label = text[1:].partition(" ")
            return [*moves, Move([Content(text=label, choice=choice)])]
        if "typo" in self.troubles:
            text = mistyped(text)
        if "annoyed" in self.troubles:
            text = re.sub(r"[。？?!！.]+$", "", text) + self._one(ANNOYED)
        move = self._write(text)
        if "pieces" in self.troubles:
            move = Move([Content(text=part) for part in pieces(text)])
        if "told" in self.troubles and self._knows_order and self.case.who == "buyer":
            move.contents.append(Content(text=self._filled(self._one(BOTH))))
            move.gives |= {"order_number", "tail"}
        move.gives |= self._told_in(text)
        return [*moves, move]

    def _told_in(self, text: str) -> set[str]:
        told = set()
        if self.order and set(re.findall(r"JL\d{10}", text.upper())) == {self.order.number}:
            told.add("order_number")
            if self.order.phone[-4:] in text.upper().replace(self.order.number, ""):
                told.add("tail")
        return told

    # What comes next

    async def answer(self, draft: Draft, met: bool) -> Move | None:
        """The next turn; `met`: the goal is reached."""
        move = await self._next(draft, met)
        self.last = move
        return move

    async def _next(self, draft: Draft, met: bool) -> Move | None:
        if draft.handoff:
            return None
        if self.acts:
            return await self._act(self.acts.pop(0))
        asked = draft.slots.get("asked")
        if met and self.second:
            return self._go_on(self.second)
        if met and asked not in ("confirm",):
            return self._thank()
        if move := self._stumble(str(asked or "")):
            return move
        if asked and not (asked == "next" and self._is_invited(draft)):
            return await self._answer(str(asked), draft)
        if self._is_invited(draft):
            return self._give_number(draft)
        return self._rephrase(draft)

    def _is_invited(self, draft: Draft) -> bool:
        """Whether the reply says that with the order's number there is more to tell, and it was not given yet."""
        said = " ".join(content.text for content in draft.say)
        invited = re.search(
            r"订单号发|发订单号|訂單編號[傳發]|[傳發]訂單編號|send me (?:your|its|the|an) order number", said, re.I
        )
        return bool(invited and self._knows_order and not self.numbered)

    def _go_on(self, second: Second) -> Move:
        """The next wish, once the first one is fulfilled."""
        self.second, self.about, self.finish, self.agrees = None, second.about, second.finish, second.agrees
        return self._write(self._filled(spoken(second.say, self.language)))

    def _thank(self) -> Move | None:
        if "thanks" not in self.troubles or self.thanked:
            return None
        self.thanked = True
        return self._write(self._one(THANKS))

    def _stumble(self, asked: str) -> Move | None:
        """Something in between, once each."""
        if asked in ("order_number", "tail", "code", "reason", "wanted", "confirm") and "detour" in self.troubles:
            self.troubles.discard("detour")
            move = self._write(self._one(DETOUR))
            move.detour = True
            return move
        if asked in ("order_number", "tail", "code") and "wait" in self.troubles:
            self.troubles.discard("wait")
            return self._write(self._one(HOLD_ON))
        if asked == "tail" and "wrong_tail" in self.troubles and self.case.who == "buyer":
            self.troubles.discard("wrong_tail")
            return self._write(self._wrong_tail())
        if asked == "code" and "wrong_code" in self.troubles:
            self.troubles.discard("wrong_code")
            return self._write(await_code_wrong(self.dice))
        return None

    async def _answer(self, asked: str, draft: Draft) -> Move | None:
        match asked:
            case "order_number":
                return self._give_number(draft)
            case "tail":
                return self._give_tail()
            case "code":
                return await self._give_code(draft)
            case "confirm":
                return self._decide(draft)
            case "photo" if asked not in self.case.answers:
                return self._show()
            case "human":
                return self._about_human(draft)
            case "intent" | "next":
                return self._choose_task(draft)
        return self._own_words(asked, draft)

    def _give_number(self, draft: Draft) -> Move | None:
        if not self._knows_order or self.order is None:
            return self._own_words("order_number", draft)
        self.numbered = True
        offered = self._button(draft, f"order:{self.order.number}")
        if offered and self.dice.random() < 0.6:
            return Move([press(offered)], {"order_number"})
        after_wrong = self.last is not None and any(self.order.number in one.text.upper() for one in self.last.contents)
        if self.case.who in ("stranger", "other") and self.wrong_tails:
            return self._write(f"{self.order.number} {self._wrong_tail()}")
        tailed = self.case.who in ("buyer", "finder") and (after_wrong or self.dice.random() < 0.3)
        text = self._filled(self._one(BOTH if tailed else NUMBERED))
        return Move([Content(text=text)], {"order_number", "tail"} if tailed else {"order_number"})

    def _give_tail(self) -> Move | None:
        if self.case.who in ("stranger", "other") or self.order is None:
            return self._write(self._wrong_tail())
        text = self.order.phone if "phone" in self.troubles else self._filled(self._one(TAILED))
        return Move([Content(text=text)], {"tail"})

    def _wrong_tail(self) -> str:
        right = self.order.phone[-4:] if self.order else ""
        self.wrong_tails += 1
        return next(four for four in (f"{self.dice.randrange(10_000):04d}" for _ in range(9)) if four != right)

    async def _give_code(self, draft: Draft) -> Move | None:
        if self.case.who == "finder":
            move = self._own_words("code", draft)
            if move:
                move.gives.clear()
            return move or self._write(await_code_wrong(self.dice))
        sent = await self.world.shop.outbox()
        mine = [one.code for one in sent if self.order and one.to.endswith(self.order.phone[-4:])]
        if not mine:
            return None
        text = self._one(CODED).format(code=mine[0])
        return Move([Content(text=text)], {"code"})

    def _decide(self, draft: Draft) -> Move | None:
        wish = draft.slots.get("wish")
        kind = wish.get("kind") if isinstance(wish, dict) else None
        wished = self.finish is not None and kind in self.finish.files
        shown = " ".join(content.text for content in draft.say)
        ours = self.order is None or not re.search(r"JL\d{10}", shown) or self.order.number in shown
        if not (self.agrees and wished and ours):
            return self._press_or_write(draft, "no", self._one(NO))
        move = self._press_or_write(draft, "yes", self._one(YES))
        move.yes = True
        return move

    def _show(self) -> Move:
        if self.dice.random() < 0.5:
            return Move([Content(attachments=(PICTURE,))], {"photo"})
        return Move([Content(text=self._one(NO_PHOTO))], {"photo"})

    def _about_human(self, draft: Draft) -> Move | None:
        if self.case.handoff:
            return self._press_or_write(draft, "human", {"en": "yes please"}.get(self.language, "好的"))
        if self.rephrased < 1 and self.others:
            return self._rephrase(draft)
        return self._press_or_write(draft, "human", {"en": "yes please"}.get(self.language, "好的"))

    def _choose_task(self, draft: Draft) -> Move | None:
        for task in self.about:
            if button := self._button(draft, f"intent:{task}"):
                return Move([press(button)])
        if button := self._button(draft, "back"):
            return Move([press(button)])
        return self._rephrase(draft)

    def _own_words(self, asked: str, draft: Draft) -> Move | None:
        """The answer planned for a question; of buttons, the one planned or the first."""
        choice = self.case.presses.get(asked)
        button = self._button(draft, choice) if choice else None
        if choice == "first":
            return self._first_button(draft, asked)
        words = self.case.answers.get(asked)
        if words is None and button is None:
            if asked == "product" and self.product:
                return Move([Content(text=self._product_name())], {"product"})
            if asked == "reason":
                return self._first_button(draft, asked)
            return None
        if button and (words is None or self.dice.random() < 0.5):
            return Move([press(button)], {asked})
        return Move([Content(text=self._filled(spoken(words or {}, self.language)))], {asked})

    def _first_button(self, draft: Draft, asked: str) -> Move | None:
        buttons = [button for content in draft.say for button in content.buttons]
        return Move([press(buttons[self.dice.randrange(len(buttons))])], {asked}) if buttons else None

    def _rephrase(self, draft: Draft) -> Move | None:
        """Say it again: after a detour the same way, else in other words, twice at most."""
        if self.last is not None and self.last.detour:
            return self._write(self._filled(self.dialogue.opening))
        if self.rephrased >= 2 or not self.others:
            button = self._button(draft, "human")
            return Move([press(button)]) if button and draft.slots.get("asked") == "intent" else None
        self.rephrased += 1
        return self._write(self._filled(self.others.pop(0)))

    async def _act(self, act: Act) -> Move | None:
        contents = []
        fields = await self._code_field()
        if act.say:
            contents += [
                Content(text=self._filled(line, **fields)) for line in spoken(act.say, self.language).split(" || ")
            ]
        if act.press:
            choice = self._filled(act.press)
            contents.append(Content(text=self._label(choice), choice=choice))
        if act.picture:
            contents.append(Content(attachments=(PICTURE,)))
        gives = set().union(*(self._told_in(one.text) for one in contents)) if contents else set()
        return Move(contents, gives, yes=act.press == "yes", wait=timedelta(hours=act.wait) if act.wait else None)

    async def _code_field(self) -> dict[str, str]:
        sent = await self.world.shop.outbox()
        return {"code": sent[0].code if sent else "000000"}

    def _label(self, choice: str) -> str:
        return {"yes": "OK", "no": "NO"}.get(choice, choice)

    # Small helps

    @property
    def _knows_order(self) -> bool:
        return self.order is not None and self.case.who != "anybody"

    def _press_or_write(self, draft: Draft, choice: str, text: str) -> Move:
        button = self._button(draft, choice)
        if button and self.dice.random() < 0.5:
            return Move([press(button)])
        return self._write(text)

    def _button(self, draft: Draft, choice: str) -> Button | None:
        buttons = (button for content in draft.say for button in content.buttons)
        return next((button for button in buttons if button.choice.split(";")[0] == choice), None)

    def _write(self, text: str) -> Move:
        return Move([Content(text=text)], self._told_in(text))

    def _one(self, phrases: dict[Language, list[str]]) -> str:
        return self.dice.choice(phrases[self.language])

    def _product_name(self) -> str:
        return self.product.names[self.language] if self.product else ""

    def _filled(self, text: str, **fields: str) -> str:
        if self.order:
            number = self.order.number.lower() if "lower" in self.troubles else self.order.number
            fields |= {"order": number, "tail": self.order.phone[-4:], "phone": self.order.phone}
        if self.product:
            fields["product"] = self._product_name()
        return re.sub(r"\{(\w+)\}", lambda found: fields.get(found[1], found[0]), text)


def spoken(words: Words, language: Language) -> str:
    """Words in a language; traditional Chinese may be left to be said in simplified."""
    return words.get(language) or words.get("zh-Hans") or words["en"]


def press(button: Button) -> Content:
    return Content(text=button.label, choice=button.choice)


def await_code_wrong(dice: Random) -> str:
    """A code that nobody sent, but for one chance in a million."""
    return f"{dice.randrange(10**6):06d}"


def mistyped(text: str) -> str:
    """The text with the first slip of the finger that fits."""
    for right, wrong in TYPOS.items():
        if right in text:
            return text.replace(right, wrong, 1)
    return text


def pieces(text: str) -> list[str]:
    """The text as somebody sends it who presses enter at every mark."""
    parts = [part.strip() for part in re.split(r"[，,。；;？?！!]\s*", text) if part.strip()]
    return parts if len(parts) > 1 else [text]

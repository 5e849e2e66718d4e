"""Tells in words why a conversation went to humans, and who had it when: from its log alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from pydantic import JsonValue

from bot.messages import Entry
from handoff.triggers import MINOR, When

ENDS = frozenset({"handed_back", "closed", "left"})
BEGINS = frozenset({"requested", "reopened", "joined", "taken_over"})
"""What a human chat begins with: asked for, or taken by hand."""

_RULES: Mapping[str, tuple[str, str]] = {
    When.ASKED: ("顾客要求人工", "the customer asked for a human"),
    When.FAILURE: ("系统故障", "something did not work"),
    When.COMPLAINT: ("投诉", "a complaint"),
    When.NOT_UNDERSTOOD: ("连续没听懂", "not understood again and again"),
    When.FLOW: ("流程需要人工决定", "a task only a human may decide"),
    When.REPEATED: ("同一个问题又问了一遍", "the same question was asked again"),
    When.MOOD: ("情绪", "the customer's mood"),
    When.MEMBER: ("会员等级", "the customer's membership"),
    When.DOUBT: ("没听懂", "not understood"),
    When.CASE: ("业务规则", "a business rule"),
}
_EVENTS: Mapping[str, tuple[str, str]] = {
    "joined": ("{agent} 接入", "{agent} joined"),
    "offered": ("邀请 {agent} 接入", "offered to {agent}"),
    "declined": ("{agent} 暂不接入", "{agent} declined"),
    "missed": ("{agent} 未在时限内接入", "{agent} did not answer in time"),
    "transferred": ("{agent} 转接给 {to}", "{agent} transferred it to {to}"),
    "taken_over": ("{agent} 接管", "{agent} took it over"),
    "reopened": ("顾客又写来，回到 {agent}", "the customer wrote again: back with {agent}"),
    "requeued": ("{agent} 放回队列", "{agent} put it back into the queue"),
    "silent": ("{agent} 长时间未回复，收回到队列", "{agent} stayed silent; back to the queue"),
    "gone": ("{agent} 的工作台断开，收回到队列", "{agent}'s workspace was gone; back to the queue"),
    "overdue": ("回复超时", "an answer was overdue"),
    "compensated": ("等待过久，已补偿", "the long wait was made up for"),
    "left": ("顾客离开队列", "the customer left the queue"),
    "handed_back": ("{agent} 转回机器人", "{agent} handed it back to the bot"),
    "shopper_silent": ("顾客长时间未回复", "the customer stayed silent"),
    "closed": ("{agent} 结束会话", "{agent} closed it"),
}
_FACTS: Mapping[str, tuple[str, str]] = {
    "wish": ("机器人想转人工：{value}", "the bot wished it: {value}"),
    "intents": ("任务 {value}", "about {value}"),
    "again": ("第 {value} 次问", "asked {value} times"),
    "misunderstood": ("没听懂 {value} 次", "not understood {value} times"),
    "mood": ("情绪 {value}", "mood {value}"),
    "level": ("会员 {value} 级", "member of level {value}"),
    "channel": ("渠道 {value}", "on {value}"),
    "order_state": ("订单状态 {value}", "order is {value}"),
    "worth": ("订单金额 {value}", "order of {value}"),
}


class Tongue(StrEnum):
    ZH = "zh"
    EN = "en"


@dataclass(frozen=True)
class Stretch:
    """One human chat: the entries of the system from its beginning to its end."""

    entries: tuple[Entry, ...]


def find_stretches(entries: Iterable[Entry]) -> list[Stretch]:
    """The human chats of a log, oldest first; one that is under way is the last."""
    found: list[Stretch] = []
    current: list[Entry] = []
    for entry in entries:
        event = str(entry.data.get("event", ""))
        if entry.kind != "event" or not (current or event in BEGINS):
            continue
        if event in _EVENTS or event == "requested":
            current.append(entry)
        if event in ENDS:
            found.append(Stretch(tuple(current)))
            current = []
    return [*found, Stretch(tuple(current))] if current else found


def tell_story(entries: Sequence[Entry], tongue: Tongue, zone: tzinfo | None = None) -> list[str]:
    """The lines of the story; one that says so if no human ever had it. `zone`: what times are shown in."""
    stretches = find_stretches(entries)
    if not stretches:
        return ["这个会话没有转过人工。" if tongue is Tongue.ZH else "This conversation never went to a human."]
    return [line for number, one in enumerate(stretches, 1) for line in _tell(one, number, tongue, zone)]


def _tell(stretch: Stretch, number: int, tongue: Tongue, zone: tzinfo | None) -> Iterator[str]:
    first = stretch.entries[0]
    day = _time(first.at, zone).strftime("%Y-%m-%d")
    yield f"{number}. {day}"
    for entry in stretch.entries:
        yield f"   {_time(entry.at, zone):%H:%M:%S}  {_line(entry, tongue)}"


def _line(entry: Entry, tongue: Tongue) -> str:
    data = entry.data
    if data.get("event") == "requested":
        return " · ".join(_request(data, tongue))
    to = [str(data[name]) for name in ("to", "topic", "language") if data.get(name)]
    text = _say(_EVENTS[str(data["event"])], tongue)
    return text.format(agent=data.get("agent") or "?", to=", ".join(to))


def _request(data: Mapping[str, JsonValue], tongue: Tongue) -> Iterator[str]:
    """The rule, what it saw, and what came of it."""
    why = data.get("why")
    if isinstance(why, dict):
        rule = _say(_RULES.get(str(why.get("when")), (str(why.get("when")),) * 2), tongue)
        named = f"“{why['name']}”: {rule}" if why.get("name") else rule
        yield f"{'转人工，规则' if tongue is Tongue.ZH else 'to a human by rule'} {why.get('number')}: {named}"
        facts = why.get("facts")
        yield from _facts(facts if isinstance(facts, dict) else {}, tongue)
    else:
        yield "转人工" if tongue is Tongue.ZH else "to a human"
    names = (("reason", "原因"), ("topic", "主题"), ("question", "问题"))
    yield from (f"{zh if tongue is Tongue.ZH else name}: {value}" for name, zh in names if (value := data.get(name)))


def _facts(facts: Mapping[str, JsonValue], tongue: Tongue) -> Iterator[str]:
    for name, text in _FACTS.items():
        value = facts.get(name)
        if isinstance(value, list):
            value = ", ".join(str(one) for one in value)
        if name == "worth" and isinstance(value, int):
            value = f"{value / MINOR:.2f}"
        if value:
            yield _say(text, tongue).format(value=value)


def _say(texts: tuple[str, str], tongue: Tongue) -> str:
    return texts[0 if tongue is Tongue.ZH else 1]


def _time(at: int, zone: tzinfo | None) -> datetime:
    return datetime.fromtimestamp(at / 1_000, zone).astimezone(zone)

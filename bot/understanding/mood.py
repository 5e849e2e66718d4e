"""The mood of a message by a small lexicon and a few rules, with the words that gave it away.

Words are looked for in the normalised view (simplified, lower-case), so one list serves every script:
- a `STRONG` word is angry by itself, a `MILD` one annoyed;
- a `PRESSING` word ("到底", "asap") only counts beside something else: whoever is in a hurry is not angry yet;
- an intensifier before a mild word, shouting (capitals, repeated marks) beside one, or three of them make it angry;
- shouting alone is annoyed, unless it thanks or praises;
- a negation right before a word takes it back ("不生气", "not angry").
What is wrong with the goods ("破损", "坏了", "terrible smell") is a defect and not a mood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.understanding.text import View, view_of


class Mood(StrEnum):
    CALM = "calm"
    ANNOYED = "annoyed"
    ANGRY = "angry"


@dataclass(frozen=True)
class MoodWord:
    """A word that shows a mood; the message has it at [start, end)."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Feeling:
    """A mood with the words that caused it, in their order; calm has none."""

    mood: Mood = Mood.CALM
    words: tuple[MoodWord, ...] = ()


STRONG = re.compile(
    r"""垃圾(?![桶袋箱筐篓]|分类|处理) | 骗子 | 骗[人钱我] | 欺骗 | 诈骗 | 坑人 | 坑爹 | 黑店 | 黑心 | 奸商
      | 无良 | 不要脸 | 无耻
      | 气死 | 气炸 | 火大 | 气愤 | 愤怒 | 忍无可忍 | 受够 | 他妈(?!妈) | tmd | 特么 | 尼玛 | 卧槽 | 我操(?!作)
      | 去死 | 滚蛋 | 有病吧 | 神经病
      | 脑子有[病问坑] | 傻[逼叉] | 狗屁 | 放屁 | 屁话 | 什么玩意 | 什么破 | 破(?:店|公司|平台|客服|服务)
      | 12315 | 工商局 | 消协 | 消费者协会
      | 曝光 | 举报 | 再也不(?:会)?(?:来|买|信) | 把我当[傻猴] | 当我是?傻 | 耍[我人猴] | 糊弄 | 店大欺客 | [😡🤬👿💢]
      | \b(?: scam(?:mers?|med)? | fraud | thie(?:f|ves) | rip[- ]?off | bullshit | wtf | fuck\w* | shitty
      | pissed\ off | furious
          | outrag\w+ | disgust(?:ed|ing) | disgrace\w* | pathetic | liars? | lied\ to | crooks? | angry | idiots?
          | worst\ (?:\w+\ )?(?:service|company|shop|store|experience|seller|support)
          | never\ (?:buy|buying|order|ordering|shop|shopping)\ (?:\w+\ ){0,3}again | fed\ up
          | sick\ (?:and\ tired\ )?of
          | sue\ you | my\ lawyer | what\ a\ joke | damn\ it )\b""",
    re.VERBOSE,
)
MILD = re.compile(
    r"""无语 | 服了 | 醉了 | 离谱 | 过分 | (?:服务|态度|体验)\w{0,2}[差烂] | 差劲 | 失望 | 急死
      | (?<!麻)烦(?![请劳恼]) | 搞什么 | 搞啥 | 恶心
      | 等了(?:这么|那么|好|很|太|半|快)\w?[久天月周年] | 一[拖等]再[拖等] | 催了 | 没人[管理回] | 不理[人我]
      | 敷衍 | 推来推去 | 推卸 | 踢皮球
      | 说话不算 | 不靠谱 | 生气 | 不满意? | 投诉 | 差评 | 忽悠 | [真太好]坑 | 坑[我钱死货] | 气人 | 有没有搞错
      | 竟然 | 居然 | 要命 | 没效率 | 不解决
      | 不敢相?信 | 没有下次 | (?:水平|效率)\w{0,3}[低差慢] | 太慢 | 慢死 | 太久
      | 第[二三四五六七八九十]次(?:了|问|说|催|联系|找|打) | [说问讲催][了过]?(?:多少|几|好几|很多|N|n)[次遍]
      | [🙄😤😠😒]
      | \b(?: ridiculous | unacceptable | unhappy | disappoint(?:ed|ing) | frustrat\w+ | annoy\w+ | useless
          | (?:terrible | awful | horrible)(?!\ (?:smell|taste|noise|colou?r|quality|condition|fit))
          | still\ waiting | waiting\ for\ (?:weeks|days|ages|months|so\ long)
          | how\ many\ times\ (?:do|must|have|did)
          | (?:second|third|fourth|fifth)\ time\ (?:i|i'm|i've|asking|this) | complain\w*
          | (?:poor|bad)\ (?:service|support|experience)
          | (?:no\ one|nobody)\ (?:answers|replies|responds|cares) | ignor(?:ed|ing)\ me
          | waste\ of\ (?:time|money) | screwed\ up | getting\ worse
          | for\ god'?s\ sake | seriously )\b""",
    re.VERBOSE,
)
PRESSING = re.compile(
    r"到底|究竟|怎么回事|什么情况|怎么搞的|凭什么|着急|急用|赶紧|还要多久|还要等"
    r"|\b(?:asap|urgent(?:ly)?|right now|immediately|come on)\b"
)
_NEGATION = re.compile(
    r"(?:不|没|没有|别|不算|不会|不用|不要)(?:有|太|很|那么|再|想|让[人我你您大家]*等?)?$"
    r"|(?:\bnot?|n't|\bnever|\bwithout)(?: (?:a|an|that|very|so|really|going to|want to|being))*\s*$"
)
_INTENSE = re.compile(
    r"(?:太|真是?|真的|实在|非常|特别|超级?|极其|完全|简直"
    r"|\b(?:so|very|really|extremely|absolutely|completely|totally|such an?))\s*$"
)
_KIND = re.compile(
    r"谢|感恩|太好|真好|很好|好评|满意|喜欢|棒|赞|哈哈|生日|新年|快乐"
    r"|\b(?:thanks?|thank you|great|love|perfect|awesome|amazing|happy)\b"
)
_PRAISE = re.compile(r"\b(?:damn|fucking|shit)\s+(?:good|great|nice|awesome|amazing|fast)\b|\bno joke\b")
_MARKS = re.compile(r"[!！?？]{3,}")
_CAPITALS = re.compile(r"\b[A-Z]{2,}(?:[^\w]+[A-Z]+){2,}\b")
MANY = 3
_BEFORE = 16  # characters looked at before a word


def feeling_of(message: str) -> Feeling:
    """The mood of a message of any content and length."""
    view = view_of(message)
    strong, mild = _found(STRONG, view), _found(MILD, view)
    pressing = [place.span() for place in PRESSING.finditer(view.text)]
    shouted = [] if _KIND.search(view.text) else [found.span() for found in _shouts(message)]
    raised = bool(shouted) or len(mild) >= MANY or any(_INTENSE.search(_before(view, start)) for start, _ in mild)
    mood = _mood(bool(strong), bool(mild), bool(shouted), raised or bool(pressing and shouted))
    if mood is Mood.CALM:
        return Feeling()
    places = [view.span(*place) for place in (*strong, *mild, *pressing)] + shouted
    return Feeling(mood, tuple(MoodWord(message[start:end], start, end) for start, end in sorted(places)))


def _mood(strong: bool, mild: bool, shouted: bool, raised: bool) -> Mood:
    if strong or (mild and raised):
        return Mood.ANGRY
    return Mood.ANNOYED if mild or shouted else Mood.CALM


def _found(words: re.Pattern[str], view: View) -> list[tuple[int, int]]:
    praised = [match.span() for match in _PRAISE.finditer(view.text)]
    return [
        place.span()
        for place in words.finditer(view.text)
        if not _NEGATION.search(_before(view, place.start()))
        and not any(start <= place.start() < end for start, end in praised)
    ]


def _before(view: View, start: int) -> str:
    return view.text[max(0, start - _BEFORE) : start]


def _shouts(message: str) -> Iterator[re.Match[str]]:
    yield from _MARKS.finditer(message)
    yield from _CAPITALS.finditer(message)

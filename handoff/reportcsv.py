"""A report as a table for spreadsheets: one block for each question, the words in the reader's language."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Literal

from handoff.report import Report, Times

Reader = Literal["zh", "en"]
Cell = str | int | float | None
Row = Sequence[Cell]
Names = Mapping[str, str]

MARK = "\ufeff"
"""What tells spreadsheets that the file is in UTF-8."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""A cell that begins so is carried out by spreadsheets."""
WORDS: Mapping[str, tuple[str, str]] = {
    "days": ("日期", "Days"),
    "zone": ("时区", "Time zone"),
    "measure": ("指标", "Measure"),
    "value": ("数值", "Value"),
    "came": ("来访会话", "Conversations"),
    "asked": ("转人工", "Asked for a human"),
    "answered": ("首次人工回复数", "First replies"),
    "within": ("接入后按时首次回复", "First replies within the level"),
    "level": ("首次回复时限（秒）", "Level of the first reply (s)"),
    "first_reply": ("首次回复", "First reply"),
    "waits": ("等待接入", "Wait for an agent"),
    "left": ("接入前离开队列", "Left the line"),
    "median": ("中位数（秒）", "median (s)"),
    "p90": ("90% 分位（秒）", "90th percentile (s)"),
    "hour": ("小时", "Hour"),
    "channel": ("渠道", "Channel"),
    "reason": ("转人工原因", "Reason"),
    "topic": ("主题", "Topic"),
    "count": ("次数", "Count"),
    "rating": ("评价", "Ratings"),
    "human": ("人工", "Humans"),
    "bot": ("机器人", "Bot"),
    "nps": ("推荐意愿（NPS）", "Recommendation (NPS)"),
    "stars": ("平均星级", "Mean stars"),
    "outcome": ("会话小结", "Disposition"),
    "tickets": ("工单", "Tickets"),
    "agent": ("客服", "Agent"),
    "chats": ("接待会话", "Chats"),
    "handling": ("处理时长", "Handling"),
    "checks": ("质检次数", "Spot checks"),
    "score": ("质检平均分", "Mean score"),
    "ticket_opened": ("新建工单", "Opened"),
    "ticket_assign": ("指派工单", "Assigned"),
    "ticket_answer": ("首次答复", "First answer given"),
    "ticket_solve": ("解决工单", "Solved"),
    "ticket_reopen": ("重开工单", "Opened again"),
    "ticket_close": ("关闭工单", "Closed"),
    "channel.web": ("网页", "Web"),
    "channel.wechat": ("服务号/订阅号", "WeChat"),
    "channel.telegram": ("Telegram", "Telegram"),
    "reason.asked": ("顾客要求", "Asked"),
    "reason.not_understood": ("机器人没听懂", "Not understood"),
    "reason.complaint": ("投诉", "Complaint"),
    "reason.business": ("业务规则", "Business rule"),
    "reason.failure": ("系统故障", "System failure"),
    "topic.price": ("价格与优惠", "Price"),
    "topic.logistics": ("物流", "Logistics"),
    "topic.returns": ("退换货", "Returns"),
    "topic.order": ("订单", "Order"),
    "topic.payment": ("支付与发票", "Payment"),
    "topic.product": ("商品", "Product"),
    "topic.account": ("账户与会员", "Account"),
    "topic.complaint": ("投诉", "Complaint"),
    "topic.other": ("其他", "Other"),
}


def write_csv(report: Report, reader: Reader, outcomes: Names) -> str:
    """All of the report; `outcomes`: the dispositions' names. Nothing in it is a formula."""
    text = StringIO()
    text.write(MARK)
    csv.writer(text).writerows([safe(cell) for cell in row] for row in Sheet(report, reader, outcomes).rows())
    return text.getvalue()


def safe(cell: Cell) -> Cell:
    """A cell that no spreadsheet carries out."""
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


class Sheet:
    """A report's blocks, with an empty line between them."""

    def __init__(self, report: Report, reader: Reader, outcomes: Names) -> None:
        self._report = report
        self._column = 0 if reader == "zh" else 1
        self._outcomes = outcomes

    def rows(self) -> Iterator[Row]:
        report = self._report
        yield [self._say("days"), str(report.first), str(report.last), self._say("zone"), report.zone]
        for block in (self._figures, self._hours, self._whys, self._stars, self._ends, self._tickets, self._agents):
            yield []
            yield from block()

    def _say(self, word: str, family: str = "") -> str:
        known = WORDS.get(f"{family}.{word}" if family else word)
        return known[self._column] if known else word

    def _head(self, *words: str) -> list[Cell]:
        return [self._say(word) for word in words]

    def _times(self, word: str) -> list[Cell]:
        return [f"{self._say(word)} · {self._say(name)}" for name in ("median", "p90")]

    def _figures(self) -> Iterator[Row]:
        report = self._report
        yield self._head("measure", "value")
        for name in ("came", "asked", "answered", "within", "left"):
            yield [self._say(name), getattr(report, name)]
        yield [self._say("level"), report.level // 1000]
        for name in ("first_reply", "waits"):
            yield from zip(self._times(name), _seconds(getattr(report, name)), strict=True)

    def _hours(self) -> Iterator[Row]:
        yield self._head("hour", "channel", "came", "asked")
        for one in self._report.hours:
            yield [one.hour, self._say(one.channel, "channel"), one.came, one.asked]

    def _whys(self) -> Iterator[Row]:
        yield self._head("reason", "topic", "count")
        for why in self._report.whys:
            yield [self._say(why.reason, "reason"), self._say(why.topic or "", "topic"), why.count]

    def _stars(self) -> Iterator[Row]:
        report = self._report
        yield self._head("rating", "value", "count")
        for stars in (report.human, report.bot, report.nps):
            for value, count in stars.given.items():
                yield [self._say(stars.of), value, count]
        for stars in (report.human, report.bot):
            yield [*self._head(stars.of, "stars"), _rounded(stars.mean)]
        yield [*self._head("nps", "nps"), report.nps.nps]

    def _ends(self) -> Iterator[Row]:
        yield self._head("outcome", "count")
        for key, count in self._report.outcomes.items():
            yield [self._outcomes.get(key, key), count]

    def _tickets(self) -> Iterator[Row]:
        yield self._head("tickets", "count")
        for kind, count in self._report.tickets.items():
            yield [self._say(kind), count]

    def _agents(self) -> Iterator[Row]:
        rated = self._head("rating", "stars", "checks", "score")
        yield [*self._head("agent", "chats"), *self._times("first_reply"), *self._times("handling"), *rated]
        for agent in self._report.agents:
            times = [*_seconds(agent.first_reply), *_seconds(agent.handling)]
            means = [agent.ratings, _rounded(agent.stars), agent.checks, _rounded(agent.score)]
            yield [agent.name, agent.chats, *times, *means]


def _seconds(times: Times) -> list[Cell]:
    return [None if value is None else round(value / 1000) for value in (times.median, times.p90)]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)

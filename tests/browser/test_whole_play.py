"""The whole play: two agents, a supervisor and three shoppers with phones, from the first question to the day page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from actions.demo import demo_showcase
from bot.explain import read_log
from bot.messages import Grant
from bot.settings import Settings
from bot.store.keys import conversation_id
from handoff.roles import Role
from handoff.story import Tongue, tell_story
from tests.browser.stage import LATER, Play, employ
from tests.browser.test_composing import PICTURE
from tests.browser.test_relay import serious_findings
from tests.conftest import Site, open_site

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

expect.set_options(timeout=10_000)

ORDER = next(one for one in demo_showcase().orders if one.state == "in_transit")
TICKET = re.compile(r"T-\d{6}-[A-Z0-9]{3}")
WEEK = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with open_site(Settings(data=tmp_path_factory.mktemp("desk"))) as site:
        await site.desk.canned.seed_demo()
        await site.desk.suggestions.warm()
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crew(site: Site, browser: Browser) -> AsyncIterator[Play]:
    lin = await employ(browser, site, "Lin", "zh")
    mei = await employ(browser, site, "Mei", "en", scheme="dark")
    lead = await employ(browser, site, "Chen", "zh", role=Role.ADMIN, viewport={"width": 1400, "height": 900})
    yield Play(site, browser, lin, mei, lead)
    for worker in (lin, mei, lead):
        await worker.page.context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def play(crew: Play) -> AsyncIterator[Play]:
    yield crew
    await crew.leave()


async def test_chats_are_given_to_who_is_free_and_the_line_moves_up(play: Play) -> None:
    """Push up to capacity; place in line; what is told while waiting; the bot solves it; the place goes to the next."""
    play.rule()
    lin, mei, lead = play.lin, play.mei, play.lead
    await play.everybody(lin)
    first, second, third = await play.enter("zh", "zh", "en")

    await lead.go("rules")
    await lead.page.get_by_label("Lin: 同时接待").fill("2")
    await lead.page.get_by_label("Lin: 语言").first.click()
    await lead.page.get_by_role("group", name="Lin: 语言").get_by_label("简体中文").check()
    await lead.page.get_by_role("button", name="保存", exact=True).click()
    await expect(lead.page.locator(".saved")).to_contain_text("Chen")
    play.rule()

    await first.ask()
    await first.reads("Lin 为您服务")
    await expect(first.standing).to_have_text("Lin 正在为您服务")
    await expect(lin.row("mine")).to_have_count(1)
    await second.ask()
    await second.reads("第 1 位")
    await third.ask()
    await third.reads("2")
    await expect(second.standing).to_have_text(re.compile("第 1 位"))
    await expect(third.standing).to_have_text(re.compile("2"))

    await second.say("我的订单到哪了")
    await second.reads("订单号")
    await second.say(f"{ORDER.number} {ORDER.tail}")
    await lead.open(second)
    await expect(lead.page.locator(".brief")).to_contain_text(ORDER.number)
    await expect(lead.page.locator(".brief")).to_contain_text("顾客要求")
    await expect(lead.page.locator(".order-panel h3")).to_contain_text(ORDER.number)
    await second.press("解决了，退出排队")
    await second.reads("已退出排队")
    await expect(third.standing).to_have_text(re.compile("1"))
    await play.everybody(lin, mei)
    await third.reads("Mei is here to help")


async def test_an_offer_is_declined_missed_and_taken_while_a_chat_is_led(play: Play) -> None:
    """Offers with a countdown; who misses two is set away and told. Meanwhile everything that one writes with."""
    lin, mei = play.lin, play.mei
    play.rule(routing={"mode": "offer", "countdown": 5, "pause": 5}, service={"reopen": 0})
    await play.everybody(lin)
    first, second = await play.enter("zh", "zh")

    await first.say("那麻烦帮我查一下快递到哪里了")
    await first.reads("订单号")
    await first.ask()
    await expect(lin.row("offered")).to_have_count(1)
    await lin.open(first)
    await expect(lin.page.locator(".facts .countdown")).to_have_text(re.compile("剩 .* 接入"))
    await lin.press("decline")
    await expect(lin.row("waiting")).to_have_count(1)
    await expect(lin.row("offered")).to_have_count(1, timeout=LATER)
    await lin.key("c")
    await first.reads("Lin 为您服务")

    await play.everybody(lin, mei)
    await second.ask()
    await asyncio.gather(_lead_a_chat(play), _miss_twice(play))
    await play.everybody(lin)
    await lin.end("hand_back")
    await first.reads("智能客服继续为您服务")
    await expect(lin.row("offered")).to_have_count(1, timeout=LATER)
    await lin.open(second)
    await lin.press("claim")
    await second.reads("Lin 为您服务")


async def _miss_twice(play: Play) -> None:
    mei = play.mei
    await expect(mei.row("offered")).to_have_count(1, timeout=LATER)
    away = mei.page.locator(".status-place .why")
    await expect(away).to_contain_text("missed two chats in a row", timeout=40_000)
    await expect(mei.status).to_have_text("Away")


async def _lead_a_chat(play: Play) -> None:
    """Suggested and canned replies, typing, undo, pictures, drafts, a note that names a colleague, and a correction."""
    lin, mei, first = play.lin, play.mei, play.shoppers[0]
    await first.say("那麻烦帮我查一下快递到哪里了")
    await expect(lin.thread.locator(".shopper", has_text="查一下快递")).to_have_count(2)
    suggested = lin.page.locator(".suggested button")
    await expect(suggested.first).to_be_visible()
    await expect(lin.thread.locator(".entry").last).to_be_in_viewport()
    await lin.key("Alt+1")
    await expect(lin.box).not_to_have_value("")
    await lin.box.fill("")

    await first.field.press_sequentially("我想")
    await expect(lin.page.locator(".scroll .typing")).to_contain_text("顾客正在输入")
    await lin.box.press_sequentially("/换新")
    await expect(first.panel.locator(".typing")).to_contain_text("Lin")
    await expect(lin.page.locator(".menu li")).to_have_count(1)
    await lin.box.press("Enter")
    await expect(lin.box).to_have_value(re.compile("登记换新"))

    await lin.box.fill("这句发错了")
    await lin.box.press("Enter")
    await lin.page.locator(".pending .undo").click()
    await expect(lin.box).to_have_value("这句发错了")
    await lin.box.fill("")
    await lin.page.locator(".tools input[type=file]").first.set_input_files([PICTURE])
    await expect(lin.page.locator(".tray img")).to_have_count(1)
    await lin.page.locator(".emoji-place > button").click()
    await lin.page.locator(".emoji button").first.click()
    await lin.box.press("Enter")
    await lin.box.press("Enter")
    await expect(first.log.locator(".agent .media img")).to_have_js_property("naturalWidth", 1)
    await first.reads("😊")
    await first.panel.locator("input[type=file]").set_input_files([PICTURE])
    await expect(lin.thread.locator(".shopper .attachments img")).to_have_js_property("naturalWidth", 1)

    await lin.box.fill("写到一半的回复")
    await lin.page.reload()
    await expect(lin.box).to_have_value("写到一半的回复")
    await lin.box.fill("")
    await lin.key("n")
    await lin.box.press_sequentially("@M")
    await expect(lin.page.locator(".menu li")).to_have_text("@Mei")
    await lin.box.press("Enter")
    await lin.box.press_sequentially("左耳要换新")
    await lin.box.press("Enter")
    await expect(mei.row("attention")).to_contain_text("@ Lin: @Mei 左耳要换新")
    await expect(first.log).not_to_contain_text("左耳要换新")

    understood = lin.thread.locator(".understood").first
    await understood.get_by_role("button").click()
    await lin.dialog.locator("select").first.select_option("report_defect")
    await lin.dialog.locator(".primary").click()
    await expect(understood).to_contain_text("Lin 已更正")


async def test_a_chat_goes_from_hand_to_hand_and_comes_back(play: Play) -> None:
    """Transfer to an agent, to a team, back to the queue, back to the bot; taken over by answering; opened again."""
    lin, mei, lead = play.lin, play.mei, play.lead
    play.rule(routing={"pause": 5})
    await play.everybody(lin)
    first, second = await play.enter("zh", "zh")
    await first.ask()
    await first.reads("Lin 为您服务")
    await play.everybody(lin, mei)
    await lin.open(first)
    await lin.key("Shift+P")
    await lin.dialog.get_by_role("radio", name="Mei").check()
    await lin.dialog.get_by_label(lin.word("note")).fill("订单核对过了，想要赠品")
    await lin.page.keyboard.press("Control+Enter")
    await first.reads("Mei 为您服务")
    await mei.open(first)
    await expect(mei.thread).to_contain_text("订单核对过了，想要赠品")
    await expect(first.log).not_to_contain_text("想要赠品")

    await mei.press("transfer")
    await mei.dialog.get_by_role("radio", name="A team").check()
    await mei.dialog.get_by_label("Topic").select_option("returns")
    await mei.dialog.get_by_label(mei.word("note")).fill("A return, please")
    await mei.dialog.get_by_role("button", name="Transfer").click()
    await expect(lin.row("mine")).to_have_count(1, timeout=LATER)
    await expect(lin.thread).to_contain_text("Mei 转接给 退换售后")
    await lin.key("Shift+Q")
    await first.reads("正在为您换一位同事")
    await expect(mei.row("mine")).to_have_count(1, timeout=LATER)
    await mei.end("hand_back")
    await first.reads("智能客服继续为您服务")
    await expect(mei.thread).to_contain_text("Mei handed back to the bot")

    await second.say("运费怎么算")
    await second.reads("包邮")
    await lin.key("2")
    await lin.page.locator(".found .row", has_text="包邮").first.click()
    await expect(lin.thread).to_contain_text("运费怎么算")
    await lin.write("您好，这单我给您免运费")
    await second.reads("这单我给您免运费")
    await expect(second.standing).to_have_text("Lin 正在为您服务")
    await lin.key("1")
    await lin.end("close")
    await second.reads("本次人工服务已结束")
    await second.say("我的耳机坏了怎么办")
    await expect(lin.row("mine")).to_have_count(1)

    await _see_other_channels(play)
    await lead.key("s")
    await lead.page.keyboard.type("手机说")
    await expect(lead.page.locator(".found .row")).to_have_count(1)
    await lead.page.locator(".finder input").press("Escape")
    await expect(lead.page.locator(".waiting h2")).to_be_visible()


async def _see_other_channels(play: Play) -> None:
    """One history over the web and Telegram; how many messages WeChat still takes; who has blocked us."""
    lin, second = play.lin, play.shoppers[1]
    token = await second.page.evaluate("Object.entries(localStorage).find(([key]) => key.endsWith(':token'))[1]")
    made = await second.page.context.request.post(f"{play.site.url}/api/code", data={"token": token})
    phone, reader = uuid4().hex, uuid4().hex
    await play.hear("telegram", phone, (await made.json())["code"])
    await play.hear("telegram", phone, "我在外面，用手机说")
    await lin.open(second)
    await expect(lin.thread).to_contain_text("已合并为一个会话：网页 + Telegram")
    said = lin.thread.locator(".entry", has_text="用手机说")
    await expect(said.locator(".channel")).to_have_attribute("title", "Telegram")
    await play.hear("wechat", reader, "在吗", Grant(messages=1, ms=172_800_000))
    await lin.show(conversation_id("shop", "wechat", reader))
    await expect(lin.page.locator(".limits .low")).to_have_text(re.compile("1 条.*47 小时"))
    await play.site.desk.inbox.note("wechat", reader, "unfollowed", "2")
    await expect(lin.page.locator(".limits")).to_have_text(re.compile("取关"))


async def test_nobody_waits_for_ever(play: Play) -> None:
    """A silent agent is reminded and loses the chat; a silent shopper's ends; a long wait is made up for."""
    lin, mei, lead = play.lin, play.mei, play.lead
    short = dict.fromkeys(("first_reply", "next_reply_soon", "remind", "silent_shopper", "close"), 5)
    play.rule(service={**short, "next_reply": 6, "take_back": 8, "long_wait": 5, "compensate_after": 5, "reopen": 0})
    await play.everybody(lin)
    first, second, third = await play.enter("zh", "zh", "zh")
    await first.ask()
    await first.reads("Lin 为您服务")
    await play.everybody(lin, mei)
    await second.ask()
    await second.reads("Mei 为您服务")
    await mei.open(second)
    await mei.write("Hello, which order is it?")
    await play.everybody()  # they keep what they have: the third waits
    await third.ask()
    await lin.open(first)

    await expect(lin.row("mine").locator(".age.late, .age.overdue").first).to_be_visible()
    await expect(lead.row("attention").locator(".chip.overdue").first).to_be_visible()
    await expect(lin.thread).to_contain_text("提醒 Lin：顾客在等回复", timeout=LATER)
    await third.reads("优惠券请收下")
    await third.reads("让您久等了")
    await third.press("留言")
    await third.reads("请把要说的写下来")
    await third.say("请明天回电话给我")
    await third.reads("已记下")
    await second.reads("您还在吗")
    await expect(lin.thread).to_contain_text("Lin 长时间未回复，会话已放回队列", timeout=LATER)
    await first.reads("正在为您换一位同事")
    await second.reads("本次人工服务已结束")
    await expect(mei.thread).to_contain_text("The customer stayed silent")


async def test_a_dead_workspace_gives_its_chats_back(
    play: Play, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.presence.DEAD_AFTER", 5_000)
    play.rule()
    ana = await employ(browser, play.site, "Ana", "en")
    await play.everybody()
    (first,) = await play.enter("en")
    await first.ask()
    await first.reads("Ana is here to help")
    await ana.page.context.close()
    await play.lead.open(first)
    await expect(play.lead.thread).to_contain_text("Ana 的工作台已断开，会话已放回队列", timeout=LATER)
    await play.everybody(play.lin)
    await first.reads("Lin is here to help")


async def test_who_writes_while_closed_is_answered_in_order_when_the_desk_opens(play: Play) -> None:
    lin, lead = play.lin, play.lead
    play.rule(service={"reopen": 0})
    await play.everybody(lin)
    day = play.site.desk.clock.moment().astimezone(ZoneInfo("Asia/Shanghai"))
    today, tomorrow = (WEEK[one.weekday()] for one in (day, day + timedelta(days=1)))
    await _set_hours(play, {today: "", tomorrow: "09:00-18:00"})
    first, second = await play.enter("zh", "zh")
    await first.ask()
    await first.reads("现在是休息时间")
    await first.press("留言")
    await first.reads("请把要说的写下来")
    await first.say("包裹压坏了，想换一个")
    await first.reads("留言已记下")
    await second.ask()
    await second.press("继续等")
    await second.reads("已为您保留排队的位置（第 2 位）")
    await expect(second.standing).to_have_text("客服休息中，上线后按顺序回复")
    await expect(lin.row("waiting")).to_have_count(2)

    await _set_hours(play, {today: "00:00-24:00"})
    await first.reads("Lin 为您服务")
    await lin.open(first)
    await expect(lin.thread).to_contain_text("包裹压坏了")
    await lin.end()
    await second.reads("Lin 为您服务")
    assert lead.page.url.endswith("rules")


async def _set_hours(play: Play, hours: dict[str, str]) -> None:
    """The lead sets the desk's hours of some days."""
    page = play.lead.page
    await play.lead.go("")
    await play.lead.go("rules")
    for day, windows in hours.items():
        await page.get_by_label(day, exact=True).first.fill(windows)
    await page.get_by_role("button", name="保存", exact=True).click()
    await expect(page.locator(".saved")).to_contain_text("Chen")


async def test_a_supervisor_watches_whispers_takes_over_and_scores(play: Play) -> None:
    lin, mei, lead = play.lin, play.mei, play.lead
    play.rule(checks={"share": 100}, ratings={"human_after": 0}, service={"reopen": 0})
    await play.everybody(lin)
    first, second = await play.enter("zh", "zh")
    await lead.go("wall")
    wall = lead.page.locator(".wall")
    await first.ask()
    await expect(wall.locator(".tile", has_text="人工接待中")).to_contain_text("1")
    await second.ask()
    await expect(wall.locator(".tile", has_text="排队中")).to_contain_text("1")
    card = wall.locator(".wall-agent", has_text="Lin")
    await expect(card).to_contain_text("手上 1 / 1", timeout=LATER)
    assert await serious_findings(lead.page) == []
    await card.locator(".wall-chat").click()
    await first.say("左边没有声音")
    await expect(lead.thread).to_contain_text("左边没有声音")
    await lin.open(first)
    await lead.page.locator(".whisper-form input").fill("先道歉，再换新")
    await lead.page.locator(".whisper-form input").press("Enter")
    await expect(lin.page.locator(".whispered")).to_contain_text("Chen 的悄悄话")
    await expect(first.log).not_to_contain_text("先道歉")
    await lin.box.fill("非常抱歉，我这就")
    await lead.press("take_over")
    await first.reads("Chen 为您服务")
    await expect(lin.page.locator(".notice")).to_contain_text("Chen 接管了你与")
    await expect(lin.box).to_have_value("非常抱歉，我这就")
    await lead.write("我是主管，马上为您换新")
    await first.reads("马上为您换新")
    await lead.end("hand_back")

    await second.reads("Lin 为您服务")
    await lin.open(second)
    await lin.write("您好，已为您登记")
    await second.reads("已为您登记")
    await lin.end()
    await lead.go("checks")
    check = lead.page.locator(".check", has_text="Lin").first
    for criterion in ("答得准", "有礼貌", "回得快", "解决了"):
        await check.get_by_role("group", name=criterion).get_by_label("4").check()
    await check.get_by_label("评语").fill("开头再热情一点")
    await check.get_by_role("button", name="保存评分").click()
    await expect(check).to_contain_text("平均 4.0")
    await lin.go("checks")
    await expect(lin.page.locator(".check").first).to_contain_text("开头再热情一点")
    assert mei.name == "Mei"


async def test_what_follows_a_chat(play: Play) -> None:
    """A complaint's ticket with a step, put aside, summed up, rated, asked after, counted, and explained."""
    lin, lead = play.lin, play.lead
    play.rule(wrapup={"required": True}, ratings={"human_after": 0}, service={"reopen": 0})
    await play.everybody(lin)
    (first,) = await play.enter("zh")
    await first.say("我要投诉你们")
    await first.reads("Lin 为您服务")
    await lin.open(first)
    link = lin.page.locator(".ticket-strip a")
    await expect(link).to_contain_text(TICKET)
    number = (TICKET.search(await link.inner_text()) or [""])[0]
    await lin.write("非常抱歉，我来跟进")
    await first.reads("我来跟进")
    await link.click()
    await lin.page.get_by_role("button", name="由我负责").click()
    await lin.page.get_by_label("交给").select_option("warehouse")
    await lin.page.get_by_label("要做什么").fill("查出库照片")
    await lin.page.get_by_label("要做什么").press("Enter")
    await expect(lin.page.locator(".ticket-page .head .ticket-waiting")).to_be_visible()

    await lin.open(first)
    await lin.key("Shift+Z")
    await lin.dialog.locator("input").first.fill("等仓库回复")
    await lin.dialog.get_by_role("button", name="2 小时后").click()
    await expect(lin.row("snoozed")).to_have_count(1)
    await first.say("有消息了吗")
    await expect(lin.row("mine")).to_have_count(1)
    await expect(lin.thread).to_contain_text("会话回到手上：顾客发来消息")
    await lin.key("Shift+E")
    await expect(lin.dialog.locator("input:checked")).to_have_value("complaint")
    await lin.dialog.locator("input").last.fill("仓库，老顾客")
    await lin.dialog.locator("input").last.press("Enter")
    await expect(lin.thread).to_contain_text("Lin 的小结：投诉 · 仓库 · 老顾客")
    await first.reads("您对本次人工服务满意吗？")
    await first.press("★★★★★ 很满意")
    await first.reads("感谢您的评价")
    await first.say("我的投诉怎么样了")
    await first.reads(f"您的投诉（{number}）正在处理")
    await first.reads("下一步由仓库处理")

    await lead.go("day")
    page = lead.page.locator(".day-page")
    await expect(page.locator(".numbers")).to_contain_text(re.compile(r"人工服务评价\s*5\.0"))
    await expect(page.get_by_role("region", name="各客服")).to_contain_text("Lin")
    async with lead.page.expect_download() as day:
        await page.get_by_role("link", name="CSV").click()
    assert "人工,平均星级,5.0" in (await (await day.value).path()).read_text("utf-8")
    await lead.go("ledger")
    await lead.page.get_by_label("动作").select_option("snooze")
    await expect(lead.page.locator(".ledger tbody tr")).to_have_count(1)
    await lead.open(first)
    async with lead.page.expect_download() as transcript:
        await lead.page.locator(".transcripts a").first.click()
    assert "我要投诉你们" in (await (await transcript.value).path()).read_text("utf-8")
    story = tell_story(await read_log(play.site.desk.settings, await first.id()), Tongue.ZH)
    assert any("投诉" in line for line in story)
    assert any("Lin 结束会话" in line for line in story)


async def test_a_dead_connection_is_told_and_nothing_typed_is_lost(play: Play) -> None:
    lin = play.lin
    play.rule()
    await play.everybody(lin)
    (first,) = await play.enter("zh")
    await first.ask()
    await first.reads("Lin 为您服务")
    await lin.open(first)
    await lin.page.context.set_offline(True)
    await lin.box.fill("断线时写的")
    await lin.box.press("Enter")
    await lin.box.fill("还没写完")
    await expect(lin.page.locator(".banner")).to_contain_text("连接已断开", timeout=10_000)
    await lin.page.context.set_offline(False)
    await expect(first.log).to_contain_text("断线时写的", timeout=30_000)
    await expect(lin.box).to_have_value("还没写完")
    await expect(lin.page.locator(".banner")).to_be_empty(timeout=LATER)
    await lin.box.fill("")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_has_a_serious_barrier(play: Play, scheme: Literal["light", "dark"]) -> None:
    page = play.lead.page
    await page.emulate_media(color_scheme=scheme)
    places = await page.locator("#pages a").evaluate_all("links => links.map(link => link.hash.slice(1))")
    assert {"wall", "tickets", "rules"} <= set(places)
    found = {}
    for place in places:
        await play.lead.go(place)
        await expect(page.locator("main h2, main h1").first).to_be_visible()
        found[place] = await serious_findings(page)
    assert {place: findings for place, findings in found.items() if findings} == {}
    (first,) = await play.enter("zh" if scheme == "light" else "en")
    await first.page.emulate_media(color_scheme=scheme)
    await first.say("运费怎么算")
    await expect(first.log.locator(".bot").last).to_be_visible()
    assert await serious_findings(first.page) == []

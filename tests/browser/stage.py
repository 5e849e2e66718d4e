"""The whole play's stage: a desk, who works there, and shoppers with phones, each in a browser context of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import uuid4

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

from bot.messages import Content, Grant, Inbound
from handoff.broker import Agent as Holder
from handoff.roles import Role
from handoff.routing import AgentRules
from handoff.rulebook import Version
from handoff.rules import DeskRules
from tests.conftest import DEMO_PASSWORD, Site

LATER = 15_000
"""ms: a reply can be taken back for four seconds, timers of the rules run for five, and the dispatcher
looks every two."""
PHONE: ViewportSize = {"width": 390, "height": 844}
SCREEN: ViewportSize = {"width": 1280, "height": 800}

Tongue = Literal["zh", "en"]
LOCALES: dict[Tongue, str] = {"zh": "zh-CN", "en": "en-GB"}
WORDS: dict[str, dict[Tongue, str]] = {
    "claim": {"zh": "接入", "en": "Claim"},
    "decline": {"zh": "暂不接入", "en": "Decline"},
    "transfer": {"zh": "转接", "en": "Transfer"},
    "transfer_title": {"zh": "转接会话", "en": "Transfer the chat"},
    "note": {"zh": "给同事的备注", "en": "Note to your colleague"},
    "hand_back": {"zh": "转回机器人", "en": "Hand back to the bot"},
    "close": {"zh": "结束会话", "en": "Close"},
    "take_over": {"zh": "接管", "en": "Take over"},
    "human": {"zh": "转人工", "en": "Talk to a person"},
}


class Worker:
    """Somebody who works in the workspace, and the page they have open."""

    def __init__(self, page: Page, id: str, name: str, tongue: Tongue) -> None:
        self.page = page
        self.id = id
        self.name = name
        self._tongue: Tongue = tongue
        self.box = page.locator(".composer textarea")
        self.thread = page.locator("[role=log]")
        self.dialog = page.locator("dialog[open]")
        self.status = page.locator("button.status")

    def row(self, section: str) -> Locator:
        """The rows of a list: `mine`, `waiting`, `offered`, `attention`, `snoozed`, `others`."""
        return self.page.locator(f".{section} .row")

    def word(self, key: str) -> str:
        return WORDS[key][self._tongue]

    async def go(self, place: str) -> None:
        """Open a page by its address, as `wall`."""
        await self.page.evaluate("place => { location.hash = place; }", place)

    async def open(self, shopper: Shopper) -> None:
        await self.show(await shopper.id())

    async def show(self, conversation: str) -> None:
        await self.go(f"c={conversation}")
        await expect(self.page.locator(".conversation:not([aria-busy])")).to_be_visible()

    async def press(self, key: str) -> None:
        """A button of the open conversation."""
        await self.page.locator(".conversation .actions").get_by_role("button", name=self.word(key), exact=True).click()

    async def key(self, key: str) -> None:
        """A key of the workspace, pressed outside of the text box."""
        await self.page.keyboard.press("Escape")
        await self.page.keyboard.press(key)

    async def write(self, text: str) -> None:
        """Say something, and let it go at once."""
        await self.box.fill(text)
        await self.box.press("Enter")
        await expect(self.box).to_have_value("")
        await self.box.press("Enter")

    async def end(self, key: str = "close") -> None:
        """End the open chat, with the summary that is suggested, or the first."""
        await self.press(key)
        if not await self.dialog.locator("input:checked").count():
            await self.dialog.locator("input[type=radio]").first.check()
        await self.dialog.locator(".primary").click()
        await expect(self.dialog).to_have_count(0)

    async def be_away(self, *, away: bool) -> None:
        """Throw the switch, if it stands otherwise."""
        if (await self.status.get_attribute("aria-pressed") == "true") != away:
            await self.status.click()
        await expect(self.status).to_have_attribute("aria-pressed", "true" if away else "false")


class Shopper:
    """A shopper with a phone in hand, in the shop's widget."""

    def __init__(self, page: Page, tongue: Tongue) -> None:
        self.page = page
        self._tongue: Tongue = tongue
        self.panel = page.locator(".panel")
        self.log = self.panel.locator("[role=log]")
        self.field = self.panel.locator("textarea")
        self.standing = self.panel.locator(".standing")

    async def say(self, text: str) -> None:
        await self.field.fill(text)
        await self.field.press("Enter")

    async def press(self, label: str) -> None:
        """The newest button of that name."""
        await self.panel.get_by_role("button", name=label).last.click()

    async def ask(self) -> None:
        """Ask for a human."""
        await self.say(WORDS["human"][self._tongue])

    async def id(self) -> str:
        """The conversation, once there is one."""
        await expect(self.log.locator(".shopper").first).to_be_visible()
        reads = "Object.entries(localStorage).find(([key]) => key.endsWith(':thread'))?.[1]"
        return str(await (await self.page.wait_for_function(reads)).json_value())

    async def reads(self, text: str) -> None:
        await expect(self.log).to_contain_text(text, timeout=LATER)


@dataclass
class Play:
    """The desk and everybody who is on stage."""

    site: Site
    browser: Browser
    lin: Worker
    mei: Worker
    lead: Worker
    shoppers: list[Shopper] = field(default_factory=list)

    def rule(self, **rules: Any) -> None:
        """Have the desk keep these rules; both agents take one chat at a time, unless said otherwise."""
        agents = {worker.id: AgentRules(capacity=1) for worker in (self.lin, self.mei)}
        book = self.site.desk.rulekeeper.book
        book.newest = Version(book.newest.number, DeskRules.model_validate({"agents": agents, **rules}))

    async def enter(self, *tongues: Tongue) -> list[Shopper]:
        """New shoppers, one for each language."""
        new = [await open_widget(self.browser, self.site, tongue) for tongue in tongues]
        self.shoppers += new
        return new

    async def everybody(self, *here: Worker) -> None:
        """Have exactly these take chats."""
        for worker in (self.lin, self.mei, self.lead):
            await worker.be_away(away=worker not in here)

    async def leave(self) -> None:
        """End all chats, with everybody away, and send the shoppers home."""
        await self.everybody()
        store, broker, lead = self.site.desk.store, self.site.desk.broker, Holder(self.lead.id, self.lead.name)
        crew = [worker.id for worker in (self.lin, self.mei, self.lead)]
        held = [await store.redis.smembers(store.keys.load(id)) for id in crew]
        for id in {*await store.redis.zrange(store.keys.queue, 0, -1), *(id for some in held for id in some)}:
            for act in (broker.take_over, broker.claim, broker.close):
                await act(id, lead, uuid4().hex)
        for shopper in self.shoppers:
            await shopper.page.context.close()
        self.shoppers.clear()
        for worker in (self.lin, self.mei, self.lead):
            await worker.go("")
            await worker.key("1")
            await expect(worker.row("mine")).to_have_count(0)

    async def hear(self, channel: str, identity: str, text: str, grant: Grant | None = None) -> None:
        """What a shopper says on a channel that no browser shows."""
        said = Inbound(
            channel=channel, identity=identity, external_id=uuid4().hex, content=Content(text=text), grant=grant
        )
        await self.site.desk.inbox.receive(said)


async def open_widget(
    browser: Browser, site: Site, tongue: Tongue, scheme: Literal["dark", "light"] = "light"
) -> Shopper:
    """The demo shop on a phone, with the chat open."""
    context = await browser.new_context(locale=LOCALES[tongue], viewport=PHONE, color_scheme=scheme)
    page = await context.new_page()
    await page.goto(f"{site.url}/demo?lang={'zh-Hans' if tongue == 'zh' else 'en'}")
    await page.evaluate("Jieli.open()")
    shopper = Shopper(page, tongue)
    await expect(shopper.field).to_be_visible()
    return shopper


async def hire(site: Site, name: str, role: Role = Role.AGENT) -> str:
    """An account that can sign in with `DEMO_PASSWORD`; returns its id."""
    account, token = await site.desk.accounts.add(name, role)
    await site.desk.accounts.accept(token, None, DEMO_PASSWORD)
    return account.id


async def sign_in(page: Page, site: Site, id: str, name: str, tongue: Tongue) -> Worker:
    await page.goto(f"{site.url}/workspace")
    fields = page.locator("dialog.sign input")
    await fields.nth(0).fill(name)
    await fields.nth(1).fill(DEMO_PASSWORD)
    await fields.nth(1).press("Enter")
    await expect(page.locator(".connection.live")).to_be_visible()
    return Worker(page, id, name, tongue)


async def employ(
    browser: Browser,
    site: Site,
    name: str,
    tongue: Tongue,
    *,
    role: Role = Role.AGENT,
    scheme: Literal["dark", "light"] = "light",
    viewport: ViewportSize = SCREEN,
) -> Worker:
    """Somebody new, who has signed in in a browser of their own."""
    context = await browser.new_context(
        locale=LOCALES[tongue], viewport=viewport, color_scheme=scheme, accept_downloads=True
    )
    return await sign_in(await context.new_page(), site, await hire(site, name, role), name, tongue)

"""The `jieli` command."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import secrets
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Annotated

import typer
import uvicorn
import uvloop

from actions.demo import DemoShop
from actions.demo import catalogue as demo_catalogue
from actions.remote.server import make_shop_app
from actions.unconnected import UnconnectedShop
from bot.backup import BackupFailed
from bot.backup import backup as make_backup
from bot.backup import restore as read_backup
from bot.clock import Clock
from bot.explain import NoSuchConversation, read_log
from bot.record.database import Database
from bot.secrets import BadSecret, load_secret
from bot.server.app import make_app
from bot.server.desk import Desk, open_desk
from bot.server.guard import Guard
from bot.server.sockets import SOCKETS, raise_file_limit
from bot.server.telegram import find_webhook, make_api
from bot.server.wechat import api_account
from bot.settings import Settings
from bot.store.embedded import FolderInUse, StoreFailed
from bot.understanding import commands as understanding
from bot.understanding.catalogue import Catalogue, CatalogueProduct
from bot.understanding.examples import read_examples
from bot.understanding.training import SHIPPED_DATA, BadExamples, own_examples
from channels.telegram.setup import SetupFailed, set_up
from channels.wechat import setup as wechat_menu
from channels.wechat.check import Callback, Mark, check
from channels.wechat.webhook import PATH as WECHAT_PATH
from handoff.accounts import DEMO_NAME, Accounts
from handoff.corrections import Corrections, write_examples
from handoff.knowledgereport import KnowledgeReports
from handoff.roles import Role
from handoff.story import Tongue, tell_story

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Jieli: a support desk with a bot and live agents.")

DRAIN = 5
"""Seconds that open requests get when the server stops."""
SWITCH = 0.0005
"""Seconds a thread that understands may keep the interpreter while a request waits for it. Python's own 5 ms add up: a
request needs it several times, and at 100 webhooks a second half of them waited for more than a second.
"""


@app.command()
def run(demo: Annotated[bool, typer.Option(help="A seeded shop, a demo agent and the /demo page.")] = False) -> None:
    """Start the server, with everything it needs."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("httpx", "alembic"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    sys.setswitchinterval(SWITCH)
    raise_file_limit()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(Settings(), demo=demo))
    except (FolderInUse, StoreFailed, BadSecret) as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        pass


async def _serve(settings: Settings, *, demo: bool) -> None:
    async with open_desk(settings, demo=demo) as desk:
        password = await _demo_password(desk) if demo else None
        app = make_app(desk, demo_password=password)
        gc.collect()
        gc.freeze()  # what is loaded stays: a look through all of it would stop everything for a tenth of a second
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            timeout_graceful_shutdown=DRAIN,
            server_header=False,
            log_config=None,
            access_log=False,
            **SOCKETS,
        )
        await Announced(config, lambda port: _greet(port, settings.host, password)).serve()


class Announced(uvicorn.Server):
    """A server that tells its port once it listens, and only stops serving at a signal: the desk closes after it."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[int], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._tell(self.servers[0].sockets[0].getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn would raise the signal again, and SIGTERM would end us before the worker and the store are closed."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(each)


async def _demo_password(desk: Desk) -> str:
    password = secrets.token_urlsafe(9)
    await desk.accounts.ensure_demo_agent(password)
    await desk.canned.seed_demo()
    return password


def _greet(port: int, host: str, password: str | None) -> None:
    base = f"http://{host}:{port}"
    lines = ["", "Jieli is running. Ctrl-C stops it."]
    if password:
        lines += [f"  The show:   {base}/demo", f"  Workspace:  {base}/workspace   ({DEMO_NAME} / {password})"]
    else:
        lines += [f"  Workspace:  {base}/workspace"]
    typer.echo("\n".join([*lines, f"  API docs:   {base}/docs", ""]))


@app.command()
def init() -> None:
    """Make an empty shop in the data folder and print a one-time link for its first admin."""
    settings = Settings()
    token = asyncio.run(_invite_admin(settings))
    typer.echo(f"The shop's folder: {settings.data.absolute()}")
    typer.echo("Open this link within 24 hours, once `jieli run` is up, to become its admin:\n")
    site = settings.public_url or f"http://{settings.host}:{settings.port}"
    typer.echo(f"  {site}/workspace#invitation={token}\n")


async def _invite_admin(settings: Settings) -> str:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    (settings.data / "texts").mkdir(exist_ok=True)
    database = Database(settings.record_url)
    try:
        await database.migrate()
        return await Accounts(database, Clock()).invite(Role.ADMIN)
    finally:
        await database.close()


@app.command()
def upgrade() -> None:
    """Bring the record to the shape this version needs; `jieli run` does it too."""
    asyncio.run(_migrate(Settings()))
    typer.echo("The record is up to date.")


async def _migrate(settings: Settings) -> None:
    database = Database(settings.record_url)
    try:
        await database.migrate()
    finally:
        await database.close()


@app.command()
def corrections() -> None:
    """Write what agents corrected of the bot's understanding as examples for `jieli train`."""
    settings = Settings()
    try:
        file, count, left_out = asyncio.run(_write_corrections(settings))
    except BadExamples as error:
        _refuse(str(error))
        return
    for line in left_out:
        typer.echo(f"left out: {line}")
    typer.echo(f"{count} corrections, {len(left_out)} left out: {file}. `jieli train` makes the bot learn them.")


async def _write_corrections(settings: Settings) -> tuple[Path, int, list[str]]:
    database = Database(settings.record_url)
    try:
        await database.migrate()
        examples = await Corrections(database, Clock()).examples()
    finally:
        await database.close()
    folder = settings.data / "nlu"
    file = folder / "corrections.yml"
    folder.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    known = {one.text: one.intent for one in (*own_examples(settings.data), *read_examples(SHIPPED_DATA))}
    text, left_out = write_examples(examples, known)
    file.write_text(text, "utf-8")
    return file, len(examples), left_out


@app.command()
def backup(target: Path) -> None:
    """Write store, record and the shop's own files into one archive, while the server runs or not."""
    try:
        asyncio.run(make_backup(Settings(), target))
    except BackupFailed as error:
        _refuse(str(error))
    typer.echo(f"Written: {target}")


@app.command()
def restore(source: Path, force: Annotated[bool, typer.Option(help="Move what is there aside.")] = False) -> None:
    """Fill the data folder from an archive made by `jieli backup`."""
    try:
        aside = asyncio.run(read_backup(Settings(), source, force=force))
    except (BackupFailed, FolderInUse) as error:
        _refuse(str(error))
        return
    typer.echo(f"Restored{f'; what was there is in {aside}' if aside else ''}.")


@app.command()
def explain(
    conversation: str,
    language: Annotated[Tongue, typer.Option(help="What it is told in.")] = Tongue.EN,
) -> None:
    """Say why a conversation went to humans: which rule, what it saw, and who had it when."""
    settings = Settings()
    if not settings.redis_url and not settings.store_folder.is_dir():
        _refuse(f"there is no shop in {settings.data}")
    try:
        entries = asyncio.run(read_log(settings, conversation))
    except NoSuchConversation as error:
        _refuse(str(error))
        return
    typer.echo("\n".join(tell_story(entries, language)))


telegram = typer.Typer(no_args_is_help=True)
app.add_typer(telegram, name="telegram")


@telegram.callback()
def telegram_commands() -> None:
    """The shop's Telegram bot."""


@telegram.command("setup")
def telegram_setup() -> None:
    """Tell Telegram the bot's commands and where to call us; run it again after a change of address."""
    try:
        asyncio.run(_set_up_telegram(Settings()))
    except (SetupFailed, BadSecret) as error:
        _refuse(str(error))


async def _set_up_telegram(settings: Settings) -> None:
    api = make_api(settings)
    if api is None:
        raise SetupFailed("Set TELEGRAM_TOKEN first: @BotFather on Telegram gives it, see docs/telegram.md.")
    try:
        async for step in set_up(api, find_webhook(settings)):
            typer.echo(step)
    finally:
        await api.close()


wechat = typer.Typer(no_args_is_help=True)
app.add_typer(wechat, name="wechat")


@wechat.callback()
def wechat_commands() -> None:
    """The shop's WeChat official account."""


@wechat.command("check")
def wechat_check() -> None:
    """See whether WeChat and this desk reach each other, and what the account may do; nothing is changed."""
    settings = Settings()
    broken = False
    try:
        for finding in check(api_account(settings), _wechat_callback(settings)):
            typer.echo("\n".join(finding.lines()))
            broken |= finding.mark is Mark.BROKEN
    except BadSecret as error:
        _refuse(str(error))
    if broken:
        raise typer.Exit(1)


def _wechat_callback(settings: Settings) -> Callback:
    if settings.wechat_token is None or settings.public_url is None:
        raise BadSecret("Set WECHAT_TOKEN and JIELI_PUBLIC_URL: see docs/wechat.md.")
    return Callback(settings.public_url + WECHAT_PATH, settings.wechat_token, settings.wechat_aes_key)


@wechat.command("setup")
def wechat_setup(yes: Annotated[bool, typer.Option(help="Replace a menu without asking.")] = False) -> None:
    """Give the account a menu (the shop's own menu.json, or ours); what it has now is kept as a file."""
    settings = Settings()
    folder = settings.data / "wechat"
    try:
        api = wechat_menu.open_account(api_account(settings))
        menu = wechat_menu.load_menu(folder)
        kept = wechat_menu.save_menu(api, folder)
        if kept:
            typer.echo(f"现有菜单已保存 / The present menu is kept: {kept}")
        if kept and not yes:
            typer.confirm("要替换它吗？/ Replace it?", abort=True)
        wechat_menu.create_menu(api, menu)
    except (wechat_menu.SetupFailed, BadSecret) as error:
        _refuse(str(error))
    typer.echo("新菜单几分钟内可见（取消关注再关注可立即看到）。")
    typer.echo("The new menu shows within minutes; unfollow and follow to see it at once.")


knowledge = typer.Typer(no_args_is_help=True)
app.add_typer(knowledge, name="knowledge")


@knowledge.callback()
def knowledge_commands() -> None:
    """What the shop knows (docs/knowledge.md)."""


@knowledge.command("report")
def knowledge_report(days: Annotated[int, typer.Option(min=1, max=92, help="How far back.")] = 30) -> None:
    """Which answers led to a human or did not help, and in which conversations nothing was found."""
    for line in asyncio.run(_report_knowledge(Settings(), days)):
        typer.echo(line)


async def _report_knowledge(settings: Settings, days: int) -> list[str]:
    database = Database(settings.record_url)
    try:
        await database.migrate()
        return (await KnowledgeReports(database, Clock()).of(days)).lines()
    finally:
        await database.close()


shop = typer.Typer(no_args_is_help=True)
app.add_typer(shop, name="shop")


@shop.callback()
def shop_commands() -> None:
    """The shop's own system, as the bot asks it (docs/shop.md)."""


@shop.command("serve")
def shop_serve(port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8100) -> None:
    """Serve the demo shop over HTTP, as a shop's own system would: to see the contract at work."""
    settings = Settings()
    try:
        asyncio.run(_serve_shop(settings, port))
    except BadSecret as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        pass


@shop.command("contract")
def shop_contract() -> None:
    """Print what a shop's own system answers, as an OpenAPI document."""
    typer.echo(json.dumps(make_shop_app(UnconnectedShop(""), "").openapi(), ensure_ascii=False, indent=1))


async def _serve_shop(settings: Settings, port: int) -> None:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    token = (
        settings.shop_token.get_secret_value() if settings.shop_token else load_secret(settings.data, "shop").decode()
    )
    demo = DemoShop.open(settings.data / "demo.db")
    try:
        app = make_shop_app(demo, token)
        app.add_middleware(Guard)
        config = uvicorn.Config(
            app, host=settings.host, port=port, server_header=False, log_config=None, access_log=False
        )
        await Announced(config, lambda bound: _tell_shop(f"http://{settings.host}:{bound}", settings, token)).serve()
    finally:
        demo.close()


def _tell_shop(url: str, settings: Settings, token: str) -> None:
    shown = "the one in JIELI_SHOP_TOKEN" if settings.shop_token else token
    typer.echo(f"The demo shop answers at {url}/v1 (contract: {url}/v1/openapi.json). Ctrl-C stops it.")
    typer.echo(f"  For the desk: JIELI_SHOP_URL={url}   JIELI_SHOP_TOKEN: {shown}")


@app.callback()
def prepare(context: typer.Context) -> None:
    context.obj = _demo_products


def _demo_products() -> Catalogue:
    """Understanding knows no shop; its commands get this one through their context."""
    return Catalogue(CatalogueProduct(one.id, one.names) for one in demo_catalogue())


for command in (
    understanding.parse,
    understanding.train,
    understanding.rollback,
    understanding.export,
    understanding.nlu_report,
    understanding.parity,
):
    app.command()(command)


def _refuse(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(1)


def main() -> None:
    app()

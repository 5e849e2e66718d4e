"""A conversation to keep or hand on: everything its shopper saw, in order, as a page of its own or as data."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape

from pydantic import JsonValue

from bot.log import ConversationLog
from bot.messages import Conversation, Language
from handoff.workspace.history import read_page

PAGE = 200

WORDS: dict[Language, dict[str, str]] = {
    "zh-Hans": {
        "title": "会话记录",
        "shopper": "顾客",
        "bot": "机器人",
        "agent": "客服",
        "system": "系统",
        "file": "文件",
    },
    "zh-Hant": {
        "title": "對話紀錄",
        "shopper": "顧客",
        "bot": "機器人",
        "agent": "客服",
        "system": "系統",
        "file": "檔案",
    },
    "en": {
        "title": "Transcript",
        "shopper": "Customer",
        "bot": "Bot",
        "agent": "Agent",
        "system": "System",
        "file": "File",
    },
}
STYLE = (
    "body{font:15px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "article{margin:.8rem 0}b{margin-right:.6rem}time{opacity:.65;font-size:13px}p{margin:.1rem 0;white-space:pre-wrap;"
    "overflow-wrap:anywhere}.system p{opacity:.65}"
)


async def read_transcript(log: ConversationLog, conversation: Conversation) -> list[dict[str, JsonValue]]:
    """What the shopper saw, oldest first, each version of an edited message where it was said."""
    pages: list[list[dict[str, JsonValue]]] = []
    before: str | None = None
    while True:
        page = await read_page(log, conversation, before, PAGE)
        pages.append(page.entries)
        if page.before is None:
            break
        before = page.before
    return [_plain(entry) for page in reversed(pages) for entry in page if entry["audience"] == "all"]


def _plain(entry: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Without what the bot understood, which is for agents."""
    data = entry["data"] if isinstance(entry["data"], dict) else {}
    return {**entry, "data": {name: value for name, value in data.items() if name != "understood"}}


def draw_transcript(conversation: Conversation, entries: list[dict[str, JsonValue]], moment: datetime) -> str:
    """A page that needs nothing from anywhere, and in which nothing runs. `moment`: when it is made."""
    words = WORDS[conversation.language]
    title = f"{words['title']} · {conversation.name or words['shopper']} · {conversation.id}"
    said = "\n".join(_draw_entry(entry, words) for entry in entries if _lines(entry, words))
    return (
        f'<!doctype html>\n<html lang="{conversation.language}">\n<head><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"<p><time>{moment:%Y-%m-%d %H:%M} UTC</time></p>\n"
        f"{said}\n</body>\n</html>\n"
    )


def _draw_entry(entry: dict[str, JsonValue], words: dict[str, str]) -> str:
    author = str(entry["author"])
    who = entry["who"] if author == "agent" and entry["who"] else words[author]
    at = datetime.fromtimestamp(int(str(entry["at"])) / 1000, UTC)
    lines = "".join(f"<p>{escape(line)}</p>" for line in _lines(entry, words))
    return f'<article class="{author}"><b>{escape(str(who))}</b><time>{at:%Y-%m-%d %H:%M:%S}</time>{lines}</article>'


def _lines(entry: dict[str, JsonValue], words: dict[str, str]) -> list[str]:
    """What an entry says in text: its words, a card's title, the names of files, the labels of buttons."""
    content = entry["content"]
    assert isinstance(content, dict)
    card, attached, buttons = content.get("card"), content.get("attachments") or [], content.get("buttons") or []
    assert isinstance(attached, list) and isinstance(buttons, list)
    lines = [str(content.get("text") or "")]
    if isinstance(card, dict):
        lines.append(f"【{card['title']}】")
    lines += [f"📎 {one.get('name') or words['file']}" for one in attached if isinstance(one, dict)]
    lines.append(" ".join(f"[{one['label']}]" for one in buttons if isinstance(one, dict)))
    return [line for line in lines if line]

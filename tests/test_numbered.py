"""A typed number presses the button with that number, and is a number everywhere else."""

from __future__ import annotations

import pytest

from bot.messages import Audience, Author, Button, Content, Entry
from bot.numbered import number_in, pressed

BUTTONS = (Button(label="查物流", choice="intent:track"), Button(label="转人工", choice="human"))


def entry(text: str, author: Author = Author.SHOPPER, *, buttons: tuple[Button, ...] = ()) -> Entry:
    content = Content(text=text, buttons=buttons)
    return Entry(seq=1, prev=0, at=0, epoch=0, author=author, audience=Audience.ALL, content=content)


ASKED = [entry("在吗"), entry("您想办哪件事？", Author.BOT, buttons=BUTTONS)]


@pytest.mark.parametrize("text", ["2", "２", " 2 ", "2.", "(2)", "（2）", "2、"])
def test_a_number_presses_its_button(text: str) -> None:
    content = pressed(entry(text), ASKED).content
    assert (content.text, content.choice) == ("转人工", "human")


@pytest.mark.parametrize("text", ["3", "0", "2 个", "二", "T2026112100001", "", "22222"])
def test_everything_else_is_what_it_is(text: str) -> None:
    assert pressed(entry(text), ASKED) == entry(text)


def test_a_number_means_nothing_once_something_else_was_said() -> None:
    assert pressed(entry("2"), [*ASKED, entry("客服小林为您服务", Author.SYSTEM)]) == entry("2")


def test_what_the_shopper_said_since_does_not_matter() -> None:
    assert pressed(entry("2"), [*ASKED, entry("等一下")]).content.choice == "human"


def test_a_pressed_button_is_no_number() -> None:
    assert number_in(Content(text="2", choice="order:2")) is None

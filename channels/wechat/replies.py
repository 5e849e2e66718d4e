"""What a callback is answered with, as WeChat reads it: a text, sealed where the callback was."""

from __future__ import annotations

from channels.wechat.crypto import Seal, sign

SUCCESS = "success"
"""The answer that says nothing to the shopper, and that the callback need not come again."""


def text_reply(text: str, *, to: str, account: str, at: int) -> str:
    """A passive reply. `at` in seconds since the epoch."""
    return (
        f"<xml><ToUserName>{_quoted(to)}</ToUserName><FromUserName>{_quoted(account)}</FromUserName>"
        f"<CreateTime>{at}</CreateTime><MsgType>{_quoted('text')}</MsgType><Content>{_quoted(text)}</Content></xml>"
    )


def sealed_reply(reply: str, seal: Seal, *, token: str, timestamp: str, nonce: str) -> str:
    """`reply` as an account in safe or compatible mode has to answer."""
    closed = seal.close(reply)
    signature = sign(token, timestamp, nonce, closed)
    return (
        f"<xml><Encrypt>{_quoted(closed)}</Encrypt><MsgSignature>{_quoted(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce>{_quoted(nonce)}</Nonce></xml>"
    )


def _quoted(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>"

"""wechatpy, known nowhere else: blocking calls of one account, their answers as models, and the two ways they fail.

Its own renewal of tokens is switched off (it retries without end), and it never learns the account's secret. Its errors
hold addresses with the access token in them; they end here, and nothing of them is in the errors that leave.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import requests
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, SSLError
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException, WeChatException

WECHAT = "https://api.weixin.qq.com"
TIMEOUT = (3.05, 8.0)
"""Seconds WeChat may take to be reached, and to answer."""
BUSY = -1
"""WeChat's code for "try again"."""
NOT_CARRIED_OUT = (500, 503)
"""A gateway's other 5xx leave open whether the call went through."""

_ADDRESS = re.compile(r"invalid ip ([0-9a-fA-F.:]+)")
T = TypeVar("T")

for _name in ("urllib3", "wechatpy"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # below that they log addresses, and ours hold the token


class Refusal(Exception):
    """WeChat said no. `code` is its errcode; `address`: ours as WeChat sees it, when that is the reason."""

    def __init__(self, code: int, address: str | None = None) -> None:
        super().__init__(f"WeChat refused: {code}" + (f" ({address})" if address else ""))
        self.code = code
        self.address = address


class Silence(Exception):
    """No answer that makes sense. `arrived`: the call may have been carried out all the same."""

    def __init__(self, *, arrived: bool) -> None:
        super().__init__("WeChat's answer was lost" if arrived else "WeChat was not reached")
        self.arrived = arrived


@dataclass(frozen=True)
class Account:
    """An official account, and where its API answers."""

    app_id: str
    secret: SecretStr
    base: str = WECHAT


class Answer(BaseModel):
    """What WeChat answers; it may say more than we read."""

    model_config = ConfigDict(frozen=True)


class Token(Answer):
    """An access token, valid for `expires_in` seconds."""

    access_token: str = Field(min_length=1)
    expires_in: int = Field(gt=0)


def open_api(account: Account, token: str) -> Any:
    """wechatpy's client with one token, for `ask`; may be used by several threads at once."""
    api = WeChatClient(account.app_id, secret="", access_token=token, timeout=TIMEOUT, auto_retry=False)
    api.API_BASE_URL = f"{account.base}/cgi-bin/"
    return api


def fetch_token(account: Account, *, force: bool = False) -> Token:
    """The account's token by `stable_token`, which leaves the tokens of other systems alone.

    The same one until five minutes before its end; `force` makes WeChat issue another and end this one at once, 20
    times a day. Raises `Refusal` or `Silence`.
    """
    secret = account.secret.get_secret_value()
    asked = {"grant_type": "client_credential", "appid": account.app_id, "secret": secret, "force_refresh": force}
    api = open_api(account, "")
    without_token = ()  # wechatpy adds one to a dict of parameters
    return ask(lambda: Token.model_validate(api.post("stable_token", params=without_token, data=asked)))


def ask(call: Callable[[], T]) -> T:
    """What `call` returns. Raises `Refusal` or `Silence`, with no trace of the library's errors."""
    failure: Exception
    try:
        return call()
    except WeChatClientException as error:
        failure = _refusal(error)
    except requests.RequestException as error:
        failure = Silence(arrived=not _never_left(error))
    except (WeChatException, ValueError, TypeError, LookupError, AttributeError):  # an answer of another shape
        failure = Silence(arrived=True)
    raise failure  # out here, so that it has no context: that holds the token


def _refusal(error: Any) -> Exception:
    """An answer with a code, or an HTTP status instead of one."""
    if error.errcode is None:
        status = error.response.status_code
        return Silence(arrived=status >= 500 and status not in NOT_CARRIED_OUT)
    address = _ADDRESS.search(str(error.errmsg))
    return Refusal(error.errcode, address[1] if address else None)


def _never_left(error: Any) -> bool:
    """Whether the connection failed before anything was sent through it."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    cause = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(cause, NewConnectionError | ConnectTimeoutError | SSLError)

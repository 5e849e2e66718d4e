"""What WeChat signs and seals holds against samples made elsewhere, and damage is refused without another error."""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.crypto import WeChatCrypto

from channels.wechat.crypto import BadSeal, Seal, is_signed, sign

SAMPLES = Path(__file__).parents[3] / "shared/protocol/wechat_vectors.json"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP = "wx0123456789abcdef"


def samples(*kinds: str) -> list[Any]:
    """The samples of these kinds, or one that says why there are none."""
    if not SAMPLES.exists():
        return [pytest.param({}, marks=pytest.mark.skip(f"{SAMPLES} is not at hand"))]
    vectors = json.loads(SAMPLES.read_text("utf-8"))["vectors"]
    return [pytest.param(each, id=each["id"]) for each in vectors if each["kind"] in kinds]


def is_sample_signed(sample: dict[str, Any]) -> bool:
    return is_signed(
        sample["signature"], sample["token"], sample["timestamp"], sample["nonce"], sample.get("encrypt", "")
    )


@pytest.mark.parametrize("sample", samples("decrypt", "url_verify_encrypted"))
def test_a_sample_is_signed_and_opens(sample: dict[str, Any]) -> None:
    assert is_sample_signed(sample)
    assert Seal(sample["aes_key"], sample["appid"]).open(sample["encrypt"]).decode() == sample["plain"]


@pytest.mark.parametrize("sample", samples("encrypt"))
def test_a_sample_is_sealed_to_the_letter(sample: dict[str, Any]) -> None:
    seal = Seal(sample["aes_key"], sample["appid"], random=lambda _: sample["random"].encode())
    assert seal.close(sample["plain"]) == sample["encrypt"]
    assert "signature" not in sample or is_sample_signed(sample)


@pytest.mark.parametrize("sample", samples("signature_plain"))
def test_a_plain_sample_is_signed(sample: dict[str, Any]) -> None:
    assert is_sample_signed(sample)


@pytest.mark.parametrize("sample", samples("reject_signature", "reject_signature_plain"))
def test_a_broken_sample_is_not_signed(sample: dict[str, Any]) -> None:
    assert not is_sample_signed(sample)


@pytest.mark.parametrize("sample", samples("reject_appid"))
def test_a_sample_for_another_account_is_refused(sample: dict[str, Any]) -> None:
    with pytest.raises(BadSeal):
        Seal(sample["aes_key"], sample["appid"]).open(sample["encrypt"])


@pytest.mark.parametrize("sample", samples("sha1_sorted_concat"))
def test_a_signature_is_the_hash_of_the_sorted_parts(sample: dict[str, Any]) -> None:
    assert sign(*sample["parts"]) == sample["signature"]


def test_no_sample_is_left_out() -> None:
    if not SAMPLES.exists():
        pytest.skip(f"{SAMPLES} is not at hand")
    used = "decrypt encrypt url_verify_encrypted signature_plain reject_signature reject_signature_plain reject_appid"
    assert len(samples(*used.split(), "sha1_sorted_concat")) == 20


def test_another_implementation_opens_what_we_seal() -> None:
    sealed = Seal(KEY, APP).close("<xml>发货了吗</xml>")
    theirs = WeChatCrypto("token", KEY, APP)
    signature = sign("token", "1", "n", sealed)
    assert theirs.decrypt_message({"Encrypt": sealed}, signature, "1", "n") == "<xml>发货了吗</xml>"


@given(st.text())
def test_what_is_sealed_opens(text: str) -> None:
    assert Seal(KEY, APP).open(Seal(KEY, APP).close(text)).decode() == text


@given(st.binary(max_size=200).map(lambda some: b64encode(some).decode()) | st.text())
def test_garbage_is_refused(sealed: str) -> None:
    with pytest.raises(BadSeal):
        Seal(KEY, APP).open(sealed)


@given(st.binary(max_size=100), st.integers(0, 2**32 - 1))
def test_a_seal_of_ours_around_garbage_is_refused(inside: bytes, length: int) -> None:
    """The key is right, the content is not: lengths that lie, no account id, no padding."""
    whole = os.urandom(16) + length.to_bytes(4, "big") + inside
    whole += bytes([0]) * (-len(whole) % 16)
    seal = Seal(KEY, APP)
    encryptor = seal._cipher.encryptor()
    with pytest.raises(BadSeal):
        seal.open(b64encode(encryptor.update(whole) + encryptor.finalize()).decode())


@given(st.text(), st.text())
def test_a_wrong_signature_is_refused_whatever_it_is(signature: str, token: str) -> None:
    assert not is_signed(signature, token, "1", "n")


@pytest.mark.parametrize("key", ["", "short", KEY + "A", "不是密钥"])
def test_a_key_of_another_length_is_refused(key: str) -> None:
    with pytest.raises(ValueError):
        Seal(key, APP)

"""What WeChat signs and seals: signatures compared in constant time, messages in AES with the account's id inside."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
"""Bytes to which a sealed message is padded (PKCS#7, by WeChat's own block size)."""
RANDOM = 16
"""Bytes of randomness before every sealed message."""


class BadSeal(Exception):
    """What was sealed is not from WeChat, not for us, or damaged."""


def sign(*parts: str) -> str:
    """SHA-1 of the sorted parts, as hexadecimal digits."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf-8", "replace")).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Whether `signature` is that of `parts`; takes the same time wherever they differ."""
    return hmac.compare_digest(sign(*parts).encode(), signature.encode("utf-8", "replace"))


class Seal:
    """Seals and opens messages of one account. `aes_key` has 43 characters, as WeChat's page shows it."""

    def __init__(self, aes_key: str, app_id: str, *, random: Callable[[int], bytes] = os.urandom) -> None:
        """Raises `ValueError` for a key of another length."""
        key = b64decode(aes_key + "=")
        if len(key) != 32:
            raise ValueError("an EncodingAESKey has 43 letters and digits")
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))
        self._app_id = app_id.encode()
        self._random = random

    def close(self, text: str) -> str:
        """Seal `text`; base64."""
        message = text.encode()
        whole = self._random(RANDOM) + len(message).to_bytes(4, "big") + message + self._app_id
        padding = BLOCK - len(whole) % BLOCK
        encryptor = self._cipher.encryptor()
        return b64encode(encryptor.update(whole + bytes([padding]) * padding) + encryptor.finalize()).decode()

    def open(self, sealed: str) -> bytes:
        """What was sealed. Raises `BadSeal`, whatever is wrong."""
        try:
            decryptor = self._cipher.decryptor()
            whole = decryptor.update(b64decode(sealed, validate=True)) + decryptor.finalize()
        except ValueError as error:  # not base64, or no whole block
            raise BadSeal(str(error)) from error
        return self._message(_without_padding(whole))

    def _message(self, whole: bytes) -> bytes:
        start = RANDOM + 4
        end = start + int.from_bytes(whole[RANDOM:start], "big")
        if len(whole) < start or not hmac.compare_digest(whole[end:], self._app_id):
            raise BadSeal("it is for another account")
        return whole[start:end]


def _without_padding(whole: bytes) -> bytes:
    padding = whole[-1] if whole else 0
    if not 1 <= padding <= BLOCK or whole[-padding:] != bytes([padding]) * padding:
        raise BadSeal("its padding is wrong")
    return whole[:-padding]

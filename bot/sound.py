"""Turns the sound of phones (AMR), which no browser plays, into one that every browser plays."""

from __future__ import annotations

import io
import logging
import wave

log = logging.getLogger(__name__)

UNPLAYABLE = (b"#!AMR\n", b"#!AMR-WB\n")
LONGEST = 600
"""Seconds that are converted: voice messages have 60; what is packed tighter must not fill the memory."""


def playable(content: bytes, name: str | None) -> tuple[bytes, str | None]:
    """AMR as WAV, with its name; anything else, and what cannot be read, as it is. Takes milliseconds a second."""
    if not content.startswith(UNPLAYABLE):
        return content, name
    from av.error import FFmpegError

    try:
        return _as_wav(content), f"{name.rpartition('.')[0] or name}.wav" if name else None
    except (FFmpegError, ValueError, IndexError) as error:
        log.warning("a voice message stays as it is: %s", type(error).__name__)
        return content, name


def _as_wav(content: bytes) -> bytes:
    import av  # 15 MB that a desk does without until somebody speaks

    target = io.BytesIO()
    with av.open(io.BytesIO(content), "r", format="amr") as source, wave.open(target, "wb") as sound:
        stream = source.streams.audio[0]
        rate = stream.rate
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate)
        plain = av.AudioResampler(format="s16", layout="mono", rate=rate)
        left = LONGEST * rate
        for frame in source.decode(stream):
            for part in plain.resample(frame):
                samples = part.to_ndarray().tobytes()[: left * 2]
                sound.writeframes(samples)
                left -= len(samples) // 2
            if left <= 0:
                break
    return target.getvalue()

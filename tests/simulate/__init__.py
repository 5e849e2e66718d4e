"""Plays whole dialogues against the real bot and judges them: `python -m tests.simulate`."""

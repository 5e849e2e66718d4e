"""Tokens of the normalised view by jieba, at their places in the message."""

from __future__ import annotations

from typing import Any

import jieba
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from bot.understanding.text import view_of


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class ViewTokenizer(Tokenizer):
    """Rasa wants tokens to lay entities against; the features below come from the view itself."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @staticmethod
    def required_packages() -> list[str]:
        return ["jieba", "opencc"]

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = message.get(attribute)
        view = view_of(text)
        spans = [view.span(start, end) for word, start, end in jieba.tokenize(view.text) if word != " "]
        return [Token(text[start:end], start, end) for start, end in spans]

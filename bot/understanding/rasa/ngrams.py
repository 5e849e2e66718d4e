"""The sparse featurizer: n-grams of the normalised view, weighted by how rare they are in the training data."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.understanding.files import read_vocabulary, write_vocabulary
from bot.understanding.ngrams import features, ngrams
from bot.understanding.text import view_of


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class NgramFeaturizer(SparseFeaturizer, GraphComponent):
    """Keeps the n-grams seen in `least` messages or more, the `most` frequent of them."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**SparseFeaturizer.get_default_config(), "least": 2, "most": 15000}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        pass

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
        vocabulary: dict[str, int] | None = None,
        weights: np.ndarray | None = None,
    ) -> None:
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._vocabulary = vocabulary or {}
        self._weights = np.zeros(0, np.float32) if weights is None else weights

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NgramFeaturizer:
        return cls(config, execution_context.node_name, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        texts = [message.get(TEXT) for message in training_data.intent_examples]
        seen = Counter(gram for text in texts for gram in set(ngrams(view_of(text).text)))
        frequent = sorted(
            (gram for gram, count in seen.items() if count >= self._config["least"]), key=lambda g: (-seen[g], g)
        )
        kept = frequent[: self._config["most"]]
        self._vocabulary = {gram: index for index, gram in enumerate(kept)}
        rarity = [np.log((1 + len(texts)) / (1 + seen[gram])) + 1 for gram in kept]
        self._weights = np.array(rarity, dtype=np.float16).astype(np.float32)
        with self._model_storage.write_to(self._resource) as folder:
            write_vocabulary(folder, self._vocabulary, self._weights)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NgramFeaturizer:
        with model_storage.read_from(resource) as folder:
            vocabulary, weights = read_vocabulary(folder)
        return cls(config, execution_context.node_name, model_storage, resource, vocabulary, weights)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if message.get(TEXT) is not None:
                self.add_features_to_message(None, self._row(message.get(TEXT)), TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def _row(self, text: str) -> csr_matrix:
        indices, values = features(view_of(text).text, self._vocabulary, self._weights)
        return csr_matrix((values, indices, [0, len(indices)]), shape=(1, max(1, len(self._vocabulary))))

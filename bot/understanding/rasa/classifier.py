"""The intent classifier: calibrated logistic regressions, over the n-grams alone and with the sentence vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, vstack

from bot.understanding.calibration import Calibration, Stages, calibrate, held_out
from bot.understanding.cascade import Cascade, script_of
from bot.understanding.files import read_model, write_calibration, write_model
from bot.understanding.rasa.fitting import fit_full, fit_quick
from bot.understanding.text import view_of


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class CalibratedClassifier(IntentClassifier, GraphComponent):
    """Held-out folds give the temperature, the thresholds and the scores that go with the model."""

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            "dense_scale": 4.0,
            "sparse_scale": 5.0,
            "quick_scale": 8.0,
            "folds": 4,
            "precision": 0.84,
            "ranking_length": 10,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Cascade | None = None,
    ) -> None:
        self._config = {**self.get_default_config(), **config}
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CalibratedClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = training_data.intent_examples
        labels = [message.get(INTENT) for message in examples]
        vectors = np.vstack([_vector(message) for message in examples])
        grams = vstack([_grams(message) for message in examples]).tocsr()
        scripts = [script_of(_view(message)) for message in examples]
        stages, calibration = self._calibrated(vectors, grams, labels, scripts)
        quick = replace(fit_quick(self._config, vectors[:, :0], grams, labels).rounded(), temperature=stages.quick)
        full = replace(fit_full(self._config, vectors, grams, labels).rounded(), temperature=stages.full)
        self._model = Cascade(quick, full, stages.sure)
        with self._model_storage.write_to(self._resource) as folder:
            write_model(folder, self._model)
            write_calibration(folder, calibration)
        return self._resource

    def _calibrated(
        self, vectors: np.ndarray, grams: csr_matrix, labels: Sequence[str], scripts: Sequence[str]
    ) -> tuple[Stages, Calibration]:
        folds = self._config["folds"]
        quick, intents = held_out(vectors[:, :0], grams, labels, partial(fit_quick, self._config), folds)
        full, _ = held_out(vectors, grams, labels, partial(fit_full, self._config), folds)
        return calibrate(quick, full, intents, labels, scripts, precision=self._config["precision"])

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CalibratedClassifier:
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, read_model(folder))

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            if self._model is not None and message.get(TEXT):
                ranking = self._ranking(self._model, message)
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set("intent_ranking", ranking[: self._config["ranking_length"]], add_to_output=True)
        return messages

    @staticmethod
    def _ranking(model: Cascade, message: Message) -> list[dict[str, Any]]:
        grams = _grams(message)
        confidences = model.probabilities(_view(message), (grams.indices, grams.data), lambda: _vector(message)[0])
        best_first = np.argsort(-confidences, kind="stable")
        return [{"name": model.intents[i], "confidence": float(confidences[i])} for i in best_first]


def _view(message: Message) -> str:
    return view_of(message.get(TEXT)).text


def _vector(message: Message) -> np.ndarray:
    """The sentence features of a message that are dense, shape (1, d)."""
    return message.get_dense_features(TEXT)[1].features


def _grams(message: Message) -> csr_matrix:
    """The sentence features of a message that are sparse, shape (1, n)."""
    return csr_matrix(message.get_sparse_features(TEXT)[1].features)

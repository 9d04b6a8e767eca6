"""Which intent a sentence has: TF-IDF over character and word n-grams into linear support vectors.

On real text this beat logistic regression and the same machine on plain counts, and trains in seconds
(docs/decisions/0007-linear-intents.md). Confidences are a softmax over the margins, with the temperature that makes them
honest on sentences left out of training.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

Floats = NDArray[np.float32]

TOKENS = "text_tokens"
BETWEEN = "\x1f"
"""Joins the tokenizer's words for the vectoriser, which must not cut them anew."""
LENGTHS = (10, 20, 35, 50, 80, 120)
"""Characters: what is long tells a story, what is short asks or answers."""
LENGTH_WEIGHT = 0.3
FOLDS = 3
LEAST_KEPT = 1e-4
"""Weights below this decide nothing and are most of the file."""


def vectorisers() -> tuple[TfidfVectorizer, TfidfVectorizer]:
    """For characters (typos, and words that were cut in the wrong place) and for words."""
    return (
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), min_df=2, sublinear_tf=True, dtype=np.float32),
        TfidfVectorizer(
            token_pattern=f"[^{BETWEEN}]+", ngram_range=(1, 2), min_df=2, sublinear_tf=True, dtype=np.float32
        ),
    )


@dataclass
class Features:
    """What the machine sees of sentences."""

    characters: TfidfVectorizer
    words: TfidfVectorizer

    @classmethod
    def fitted(cls, messages: Sequence[Message]) -> Features:
        """Features that occur in these messages."""
        characters, words = vectorisers()
        characters.fit([message.get(TEXT) for message in messages])
        words.fit([words_of(message) for message in messages])
        return cls(characters, words)

    def of(self, messages: Sequence[Message]) -> csr_matrix:
        """One row a message."""
        texts = [message.get(TEXT) or "" for message in messages]
        lengths = [[LENGTH_WEIGHT * (len(text) > least) for least in LENGTHS] for text in texts]
        return hstack(
            [
                self.characters.transform(texts),
                self.words.transform([words_of(message) for message in messages]),
                csr_matrix(np.array(lengths, dtype=np.float32)),
            ],
            format="csr",
        )


def words_of(message: Message) -> str:
    """The tokenizer's words as one string."""
    return BETWEEN.join(token.text for token in message.get(TOKENS) or [])


def softmax(margins: Floats, temperature: float) -> Floats:
    """Rows that sum to one."""
    scaled = margins * temperature
    raised = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def honest_temperature(features: csr_matrix, labels: NDArray[np.str_], strength: float) -> float:
    """The temperature with which confidences fit sentences that were left out: 0.8 is right in eight of ten cases."""
    margins, truth = [], []
    for kept, left_out in StratifiedKFold(FOLDS, shuffle=True, random_state=3).split(features, labels):
        machine = LinearSVC(C=strength).fit(features[kept], labels[kept])
        margins.append(machine.decision_function(features[left_out]))
        truth.append(np.searchsorted(machine.classes_, labels[left_out]))
    together, right = np.vstack(margins), np.concatenate(truth)

    def surprise(temperature: float) -> float:
        chosen = softmax(together, temperature)[np.arange(len(right)), right]
        return float(-np.log(np.maximum(chosen, 1e-9)).mean())

    return float(minimize_scalar(surprise, bounds=(0.5, 20.0), method="bounded").x)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntents(GraphComponent):
    """Needs a tokenizer before it; `strength` is the C of the support vectors."""

    def __init__(self, config: dict[str, Any], storage: ModelStorage, resource: Resource) -> None:
        self.config = {**self.get_default_config(), **config}
        self._storage = storage
        self._resource = resource
        self.names: list[str] = []
        self.features: Features | None = None
        self.weights = csr_matrix((0, 0))
        self.offsets: Floats = np.zeros(0, dtype=np.float32)
        self.temperature = 1.0

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`ranking_length`: how many intents are told, best first."""
        return {"strength": 0.6, "ranking_length": 10}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntents:
        """One that has learnt nothing yet."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from all examples with an intent, and keep it."""
        examples = [example for example in training_data.intent_examples if example.get(INTENT) and example.get(TEXT)]
        labels = np.array([example.get(INTENT) for example in examples])
        features = Features.fitted(examples)
        seen = features.of(examples)
        strength = float(self.config["strength"])
        self.temperature = honest_temperature(seen, labels, strength)
        machine = LinearSVC(C=strength).fit(seen, labels)
        self.names = [str(name) for name in machine.classes_]
        weights = machine.coef_.T.astype(np.float32)
        weights[np.abs(weights) < LEAST_KEPT] = 0
        self.weights, self.offsets = csr_matrix(weights), machine.intercept_.astype(np.float32)
        self.features = features
        self._keep(features)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after this component learns from its opinion."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking of every message."""
        if self.features is None:
            return messages
        margins = self.features.of(messages) @ self.weights
        shares = softmax(np.asarray(margins.todense()) + self.offsets, self.temperature)
        for message, row in zip(messages, shares, strict=True):
            if not any(char.isalnum() for char in message.get(TEXT) or ""):
                row[:] = 1 / len(row)  # bare marks say nothing, whatever the offsets make of them
            best = np.argsort(-row)[: int(self.config["ranking_length"])]
            ranking = [{"name": self.names[n], "confidence": float(row[n])} for n in best]
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _keep(self, features: Features) -> None:
        with self._storage.write_to(self._resource) as folder:
            for name, vectoriser in (("characters", features.characters), ("words", features.words)):
                ordered = sorted(vectoriser.vocabulary_, key=vectoriser.vocabulary_.__getitem__)
                (folder / f"{name}.json").write_text(json.dumps(ordered, ensure_ascii=False), encoding="utf-8")
                np.save(folder / f"{name}.npy", vectoriser.idf_)
            about = {"names": self.names, "temperature": self.temperature, "shape": self.weights.shape}
            (folder / "about.json").write_text(json.dumps(about), encoding="utf-8")
            np.savez(
                folder / "machine.npz",
                data=self.weights.data,
                indices=self.weights.indices,
                indptr=self.weights.indptr,
                offsets=self.offsets,
            )

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearIntents:
        """The one that was kept."""
        loaded = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
            loaded.names, loaded.temperature = about["names"], about["temperature"]
            characters, words = vectorisers()
            loaded.features = Features(_kept(folder, "characters", characters), _kept(folder, "words", words))
            with np.load(folder / "machine.npz") as machine:
                parts = (machine["data"], machine["indices"], machine["indptr"])
                loaded.weights = csr_matrix(parts, shape=tuple(about["shape"]))
                loaded.offsets = machine["offsets"]
        return loaded


def _kept(folder: Path, name: str, vectoriser: TfidfVectorizer) -> TfidfVectorizer:
    words = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    vectoriser.vocabulary_ = {word: n for n, word in enumerate(words)}
    vectoriser.idf_ = np.load(folder / f"{name}.npy")
    return vectoriser

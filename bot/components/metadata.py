"""The last word of the NLU pipeline belongs to the reading the api sends along."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

FALLBACK = "nlu_fallback"


@DefaultV1Recipe.register(
    [DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR],
    is_trainable=False,
)
class ReadingFromMetadata(GraphComponent):
    """Lets `metadata` of the message settle the intent and bring entities.

    `intent` is certain and wins. `expects` says that a question is open: only the intents in `keep` may leave it, and only
    with at least `threshold` confidence; everything else is an answer, `default`. `entities` become entities of the message.
    What the classifiers thought stays in the ranking behind.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ReadingFromMetadata:
        """Nothing is configured and nothing is trained."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Apply the metadata of each message to it; a message without metadata (training data) is left alone."""
        for message in messages:
            metadata = message.get("metadata") or {}
            intent = settled_intent(metadata, message.get(INTENT) or {})
            if intent is not None:
                _settle(message, intent)
            entities = [_entity(name, value) for name, value in (metadata.get("entities") or {}).items()]
            if entities:
                message.set(ENTITIES, [*(message.get(ENTITIES) or []), *entities], add_to_output=True)
        return messages


def settled_intent(metadata: dict[str, Any], predicted: dict[str, Any]) -> str | None:
    """Name of the intent that metadata imposes over `predicted`, or None when the prediction stands."""
    if metadata.get("intent"):
        return str(metadata["intent"]["name"])
    expects = metadata.get("expects")
    if not expects:
        return None
    kept = predicted.get("name") in expects["keep"] and predicted.get("confidence", 0.0) >= expects["threshold"]
    return None if kept else str(expects["default"])


def _settle(message: Message, name: str) -> None:
    chosen = {"name": name, "confidence": 1.0}
    others = [guess for guess in message.get(INTENT_RANKING_KEY) or [] if guess["name"] not in (name, FALLBACK)]
    message.set(INTENT, chosen, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [chosen, *others], add_to_output=True)


def _entity(name: str, value: Any) -> dict[str, Any]:
    return {
        "entity": name,
        "value": value,
        "start": 0,
        "end": 0,
        "confidence_entity": 1.0,
        "extractor": ReadingFromMetadata.__name__,
    }

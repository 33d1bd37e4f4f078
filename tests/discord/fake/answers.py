"""What a person sees after doing something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.discord.fake.interactions import DEFER, DEFER_UPDATE, MODAL, Interaction
from tests.discord.fake.reading import LABEL, walk
from tests.discord.fake.refusals import Json
from tests.discord.fake.world import Message


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The app's answer to one interaction, as far as it has come: it goes on changing while the app works."""

    interaction: Interaction

    @property
    def failed(self) -> bool:
        """Whether the person reads "The application did not respond"."""
        return not self.interaction.is_answered

    @property
    def seconds(self) -> float | None:
        """How long the first answer took, in seconds."""
        at = self.interaction.answered_at
        return None if at is None else at - self.interaction.created

    @property
    def was_deferred(self) -> bool:
        return self.interaction.answer in (DEFER, DEFER_UPDATE)

    @property
    def is_thinking(self) -> bool:
        """Whether it still says "... is thinking"."""
        return self.message is not None and self.message.is_loading

    @property
    def message(self) -> Message | None:
        """The first answer as a message; for a button that updates, the message it is on."""
        return self.interaction.response

    @property
    def is_ephemeral(self) -> bool:
        return self.message is not None and self.message.is_ephemeral

    @property
    def follow_ups(self) -> list[Message]:
        return self.interaction.follow_ups

    @property
    def messages(self) -> list[Message]:
        """All messages that answer this interaction, oldest first."""
        return [*([self.message] if self.message else []), *self.follow_ups]

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.messages)

    @property
    def choices(self) -> list[Json]:
        """What autocomplete offers: name and value each."""
        return self.interaction.choices or []

    @property
    def opened_modal(self) -> bool:
        return self.interaction.answer == MODAL

    @property
    def modal(self) -> Json:
        """The form that opened, as the app sent it."""
        assert self.interaction.modal is not None, "no form opened"
        return self.interaction.modal

    @property
    def fields(self) -> dict[str, Any]:
        """The inputs of the form by their custom ids, with what is filled in already."""
        return {
            each["custom_id"]: each.get("value") or each.get("default_values")
            for each in walk(self.modal["components"])
            if "custom_id" in each
        }

    @property
    def labels(self) -> dict[str, str]:
        """The form's labels by the custom ids of their inputs."""
        found = {}
        for part in walk(self.modal["components"]):
            if part["type"] == LABEL:
                found[part["component"]["custom_id"]] = part["label"]
            elif part.get("label") and "custom_id" in part:
                found[part["custom_id"]] = part["label"]
        return found

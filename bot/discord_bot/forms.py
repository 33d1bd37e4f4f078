"""Forms: words, strength and files, filled in with what is known already."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.replies import say

Interaction = discord.Interaction[Any]
_SECONDS = 3600.0  # a form that nobody sends is forgotten
_TITLE, _LABEL = 45, 45  # characters
_LONGEST = 4000  # characters of one field
_OPTIONS = 25  # of a select


@dataclass(frozen=True, kw_only=True, slots=True)
class Filled:
    """What a form holds: `words` with the options that stand among them, and the files that were sent along."""

    words: str = ""
    strength: str = ""
    options: str = ""
    picture: discord.Attachment | None = None
    mask: discord.Attachment | None = None

    @property
    def line(self) -> str:
        """As it would be typed."""
        strength = f"strength={self.strength}" if self.strength else ""
        return " ".join(part for part in (self.words, strength, self.options) if part)


OnSubmit = Callable[[Interaction, Filled], Awaitable[None]]


class Form(ui.Modal):
    """Where the picture comes from is one of: a job's original (neither of the two), an upload, one of `pictures`."""

    def __init__(
        self,
        language: str,
        filled: Filled,
        on_submit: OnSubmit,
        *,
        asks_picture: bool = False,
        pictures: Sequence[discord.Attachment] = (),
        title: str = "discord.form",
    ) -> None:
        super().__init__(title=say(title, language)[:_TITLE], timeout=_SECONDS)
        self._on_submit = on_submit
        self._pictures = {str(each.id): each for each in pictures}
        self._upload = ui.FileUpload[Any](custom_id="picture", required=True, min_values=1, max_values=1)
        self._which = ui.Select[Any](custom_id="which", options=_choices(pictures)) if len(pictures) > 1 else None
        self._words = ui.TextInput[Any](
            custom_id="words",
            style=discord.TextStyle.paragraph,
            default=filled.words[:_LONGEST] or None,
            required=False,
            max_length=_LONGEST,
        )
        self._strength = ui.TextInput[Any](
            custom_id="strength", default=filled.strength or None, placeholder="0.6", required=False, max_length=100
        )
        self._options = ui.TextInput[Any](
            custom_id="options", default=filled.options[:_LONGEST] or None, required=False, max_length=_LONGEST
        )
        self._mask = ui.FileUpload[Any](custom_id="mask", required=False, min_values=0, max_values=1)
        asked: list[tuple[str, ui.Item[Any]]] = [("picture", self._upload)] if asks_picture else []
        if self._which:
            asked.append(("which", self._which))
        asked += [
            ("words", self._words),
            ("strength", self._strength),
            ("options", self._options),
            ("mask", self._mask),
        ]
        for name, field in asked[:5]:
            self.add_item(ui.Label(text=say(f"discord.field.{name}", language)[:_LABEL], component=field))

    async def on_submit(self, interaction: Interaction) -> None:
        filled = Filled(
            words=self._words.value.strip(),
            strength=self._strength.value.strip(),
            options=self._options.value.strip(),
            picture=self._picture(),
            mask=next(iter(self._mask.values), None),
        )
        await self._on_submit(interaction, filled)

    def _picture(self) -> discord.Attachment | None:
        if self._upload.values:
            return self._upload.values[0]
        if self._which and self._which.values:
            return self._pictures.get(self._which.values[0])
        return next(iter(self._pictures.values()), None)


def _choices(pictures: Sequence[discord.Attachment]) -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=f"{number}. {each.filename}"[:100], value=str(each.id), default=number == 1)
        for number, each in enumerate(pictures[:_OPTIONS], 1)
    ]

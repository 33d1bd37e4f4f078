"""A card as Discord shows it: text, one picture, rows of buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import discord
from discord import ui
from discord.utils import escape_markdown

from bot.cards import Action, Button, Card, job_card
from bot.replies import ordinal, say
from core.domain.job import Status
from core.service.states import CardState

_ALT = 1024  # characters: Discord's limit of an attachment's description
_COLOURS = {
    Status.QUEUED: 0x8A8F98,
    Status.RUNNING: 0x4A7FB5,
    Status.DONE: 0x4E8F62,
    Status.FAILED: 0xB5544A,
    Status.CANCELLED: 0x8A8F98,
}
_STYLES = {
    Action.DELETE: discord.ButtonStyle.danger,
    Action.RETRY: discord.ButtonStyle.primary,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A file of a message; `name` is how the message's components refer to it."""

    name: str
    data: bytes
    alt: str
    is_spoiler: bool = False

    def file(self) -> discord.File:
        return discord.File(BytesIO(self.data), self.name, description=self.alt[:_ALT])

    def shown(self) -> discord.MediaGalleryItem:
        link, alt = f"attachment://{self.name}", self.alt[:_ALT]
        return discord.MediaGalleryItem(link, description=alt, spoiler=self.is_spoiler)


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """All that one message shows. Equal drawings look the same, so that the second need not be sent."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    picture: Picture | None = None
    colour: int | None = None

    def view(self) -> ui.LayoutView:
        """A stopped view: buttons are found by their ids (see `buttons.Pressed`), so the library need not keep it."""
        box: ui.Container[ui.LayoutView] = ui.Container(ui.TextDisplay(self.text), accent_colour=self.colour)
        if self.picture:
            box.add_item(ui.MediaGallery(self.picture.shown()))
        for row in self.rows:
            box.add_item(ui.ActionRow(*map(_button, row)))
        view = ui.LayoutView(timeout=None).add_item(box)
        view.stop()
        return view

    def files(self) -> list[discord.File]:
        return [self.picture.file()] if self.picture else []


def draw(
    state: CardState,
    language: str,
    *,
    starts_at: float = 0.0,
    picture: Picture | None = None,
    notes: tuple[str, ...] = (),
) -> Drawing:
    """The card as it stands; `starts_at` (seconds since the epoch) is counted down by the person's own client."""
    card = job_card(state, language)
    lines = [_headline(state, card, language, starts_at)]
    if card.bar:
        lines.append(card.bar.text)
    lines += [f"-# {plain(note)}" for note in (*card.notes, *notes)]
    return Drawing(text="\n".join(lines), rows=card.rows, picture=picture, colour=_COLOURS[card.status])


def plain(text: str) -> str:
    """Text of people's as nothing but text: no markdown. (Mentions in it are never let through: see `NOBODY`.)"""
    return escape_markdown(" ".join(text.split()))


NOBODY = discord.AllowedMentions.none()


def only(person: int) -> discord.AllowedMentions:
    """Lets a message ping this one person."""
    return discord.AllowedMentions(everyone=False, roles=False, replied_user=False, users=[discord.Object(person)])


def question(buttons: Sequence[Button]) -> ui.View:
    """The buttons under a sentence; a stopped view, like that of a drawing."""
    view = ui.View(timeout=None)
    for button in buttons:
        view.add_item(_button(button))
    view.stop()
    return view


def _headline(state: CardState, card: Card, language: str, starts_at: float) -> str:
    standing = state.jobs[0].standing
    if card.status is not Status.QUEUED or card.bar or standing is None or standing.position <= 1 or not starts_at:
        return plain(card.headline)
    return say(
        "queued.countdown",
        language,
        name=plain(state.first.owner_name),
        position=ordinal(standing.position, language),
        waiting=standing.waiting,
        when=f"<t:{starts_at:.0f}:R>",
    )


def _button(button: Button) -> ui.Button[Any]:
    style = _STYLES.get(button.action, discord.ButtonStyle.secondary)
    return ui.Button(label=button.label[:80], style=style, custom_id=button.id)

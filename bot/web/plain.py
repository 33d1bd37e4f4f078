"""What every part of the page's answers is made of."""

from __future__ import annotations

from typing import Any

from bot.cards import Action, Button

Plain = dict[str, Any]  # what JSON can hold


def button_json(button: Button) -> Plain:
    plain = {"id": button.id, "label": button.label, "action": button.action.value, "target": button.target}
    if button.action in {Action.ORIGINAL, Action.FULL}:
        plain["href"] = f"/api/jobs/{button.target}/{button.action.value}"
    return plain

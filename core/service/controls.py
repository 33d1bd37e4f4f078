"""ControlNets that a person asks for (`control=edges:0.8`): whether the model has them, and the maps they follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.domain.catalogue import ModelSpec
from core.domain.command import Command
from core.domain.names import BlobId
from core.domain.nearest import nearest
from core.domain.request import Control
from core.errors import InputError, ModelError, UnknownNameError

_NO_MAP = "-"  # in a list of maps: this control's is made from the picture


def named_maps(command: Command) -> list[str | None]:
    """What names the map of each control, in their order; None where it is made from the picture."""
    names = [text.strip() for text in (command.hint or "").split(",")]
    return [name if name not in {"", _NO_MAP} else None for name in names]


def controls_of(command: Command, maps: Sequence[BlobId | None], spec: ModelSpec, model: str) -> tuple[Control, ...]:
    """What a request says of them. Raises InputError, UnknownNameError and ModelError."""
    if len(maps) > len(command.controls) and any(maps):
        raise InputError("no-control")
    if command.controls and not spec.controlnets:
        raise ModelError("no-controls", model=model)
    for control in command.controls:
        _check(control.net, spec)
    missing = [None] * (len(command.controls) - len(maps))
    return tuple(
        replace(control, hint=hint) for control, hint in zip(command.controls, [*maps, *missing], strict=False)
    )


def _check(net: str, spec: ModelSpec) -> None:
    if net in spec.controlnets:
        return
    if near := nearest(net, spec.controlnets):
        raise UnknownNameError("near", what="ControlNet", given=net, nearest=near)
    raise UnknownNameError("alone", what="ControlNet", given=net, known=", ".join(spec.controlnets))

"""Which LoRAs a request brings: those of its style and recipe where the model has them, and those a person names."""

from __future__ import annotations

from collections.abc import Iterable

from core.domain.catalogue import ModelSpec, Style
from core.domain.command import Command
from core.domain.nearest import nearest
from core.domain.request import Lora
from core.errors import ModelError, UnknownNameError


def loras_of(command: Command, dressed: Iterable[Style], spec: ModelSpec, model: str) -> tuple[Lora, ...]:
    """By name, each once: a person's weight wins, and 0 takes one away. Raises UnknownNameError and ModelError.

    `dressed` are the style and the recipe; their looks are shared by all models, so what this one lacks is left out.
    """
    chosen = {lora.name: lora for entry in dressed for lora in entry.loras if lora.name in spec.lora_choices}
    for lora in command.loras or ():
        if lora.name not in spec.lora_choices:
            raise _unknown(lora.name, spec, model)
        chosen[lora.name] = lora
    return tuple(chosen[name] for name in sorted(chosen) if chosen[name].weight)


def _unknown(name: str, spec: ModelSpec, model: str) -> UnknownNameError | ModelError:
    if not spec.lora_choices:
        return ModelError("no-lora", model=model, lora=name[:40])
    if near := nearest(name, spec.lora_choices):
        return UnknownNameError("near", what="LoRA", given=name[:40], nearest=near)
    return UnknownNameError("alone", what="LoRA", given=name[:40], known=", ".join(spec.lora_choices))

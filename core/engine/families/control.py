"""ControlNets beside a UNet: what they add to it, for rows that follow their own maps at their own scales."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from core.engine.controlnets import ControlNets
from core.engine.families.family import Hint, Row
from core.engine.transfers import onto

Controls = dict[str, dict[str, torch.Tensor]]  # by net: maps (rows, 3, height, width) and scales (rows,)


def controls_of(rows: Sequence[Row], controlnets: ControlNets, dtype: torch.dtype) -> Controls:
    """What the nets of a batch are shown; its rows agree in their names. A net that no row wants now is left out."""
    controls: Controls = {}
    for name in rows[0].guides.nets:
        net = controlnets.net(name, dtype)
        hints = [next(hint for hint in row.guides.hints if hint.net == name) for row in rows]
        scales = [_scale(net, hint, row) for hint, row in zip(hints, rows, strict=True)]
        if any(scales):
            maps = torch.stack([hint.map for hint in hints])
            controls[name] = {"maps": maps, "scales": onto(maps.device, torch.tensor(scales, dtype=dtype))}
    return controls


def residuals(controls: Controls, controlnets: ControlNets, inputs: dict[str, Any]) -> dict[str, Any]:
    """What the UNet is told beside its `inputs`: each net once over all rows, its outputs scaled for each, summed.

    Nets take samples, words and sizes as the UNet does, but neither masks nor pictures beside the words.
    """
    sample, told = inputs["sample"], _without_pictures(inputs["added_cond_kwargs"])
    down: list[torch.Tensor] = []
    middle: torch.Tensor | None = None
    for name, control in controls.items():
        net = controlnets.net(name, sample.dtype)
        seen = sample[:, : net.config.in_channels]
        made = net(
            seen,
            inputs["timestep"],
            encoder_hidden_states=inputs["encoder_hidden_states"],
            controlnet_cond=control["maps"],
            added_cond_kwargs=told,
            return_dict=False,
        )
        scales = control["scales"].view(-1, 1, 1, 1)
        scaled = [scales * part for part in made[0]]
        down = [one + other for one, other in zip(down, scaled, strict=True)] if down else scaled
        middle = scales * made[1] if middle is None else middle + scales * made[1]
    if middle is None:
        return {}
    return {"down_block_additional_residuals": down, "mid_block_additional_residual": middle}


def _without_pictures(added: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in added.items() if name != "image_embeds"}


def _scale(net: Any, hint: Hint, row: Row) -> float:
    """Nets that pool their map, and so show no places, are for the words' rows alone, as in the library."""
    if row.evaluation not in hint.evaluations or (net.config.global_pool_conditions and row.is_unconditional):
        return 0.0
    return hint.scale

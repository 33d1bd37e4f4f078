"""Schedulers by the names people use, built from the configuration of the model's own one."""

from __future__ import annotations

from typing import Any

import diffusers

from core.domain.schedulers import MODEL_OWN, SCHEDULERS
from core.errors import ModelError

_DPM = "DPMSolverMultistepScheduler"
# name -> class in diffusers, and what is set whatever the model's own scheduler says
_KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "ddim": ("DDIMScheduler", {}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler-ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "dpm++2m": (_DPM, {"algorithm_type": "dpmsolver++", "use_karras_sigmas": False}),
    "dpm++2m-karras": (_DPM, {"algorithm_type": "dpmsolver++", "use_karras_sigmas": True}),
    "dpm++2m-sde": (_DPM, {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": False}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "lcm": ("LCMScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "pndm": ("PNDMScheduler", {"skip_prk_steps": True}),
    "flow-euler": ("FlowMatchEulerDiscreteScheduler", {}),
}
_FLOW = "flow-euler"
_LCM_STEPS = 50  # of the grid that LCM models are distilled on, where the model does not say
_NOT_FOR_PICTURES = ("euler-ancestral", "pndm")  # the library has no steps of theirs for networks that predict pictures


def usable_names(own: Any) -> list[str]:
    """The names that work with a model whose own scheduler is `own`.

    Flow models and noise-predicting models do not share schedulers; a model of a third kind keeps its own.
    """
    if is_flow(own):
        return [_FLOW, MODEL_OWN]
    if "beta_schedule" not in own.config or "flow" in str(own.config.get("prediction_type")):
        return [MODEL_OWN]
    left_out = (_FLOW, *(_NOT_FOR_PICTURES if own.config.get("prediction_type") == "sample" else ()))
    return [name for name in SCHEDULERS if name not in left_out]


def replacement_note(own: Any) -> str | None:
    """For the log: what the name "model" means where it does not mean the model's own scheduler."""
    if _is_pndm(own):
        return "the model's own scheduler PNDM was replaced by DDIM: PNDM misbehaves on a schedule that starts late"
    return None


def build_scheduler(name: str, own: Any, model: str, steps: int) -> Any:
    """A fresh scheduler `name` for `steps` scheduled steps. Raises ModelError where the model cannot use it."""
    if name not in usable_names(own):
        raise ModelError("no-scheduler", scheduler=name, model=model)
    if name == MODEL_OWN and not _is_pndm(own):
        return type(own).from_config(own.config, **_for_steps(type(own).__name__, own, steps))
    kind, options = _KINDS["ddim" if name == MODEL_OWN else name]
    # latents are no pixels: DDIM would clip them to [-1, 1] where the model's configuration does not say otherwise
    config = {"clip_sample": False, **_said(own)} | options | _for_steps(kind, own, steps)
    return getattr(diffusers, kind).from_config(config)


def _said(own: Any) -> dict[str, Any]:
    """A configuration without what its scheduler took for granted: the library drops that, whoever set it since."""
    silent = {"_use_default_values", *own.config.get("_use_default_values", ())}
    return {key: value for key, value in own.config.items() if key not in silent}


def _for_steps(kind: str, own: Any, steps: int) -> dict[str, Any]:
    """What a number of steps asks of a kind of scheduler."""
    if kind == "LCMScheduler":  # the library refuses more steps than its grid has
        return {"original_inference_steps": max(own.config.get("original_inference_steps", _LCM_STEPS), steps)}
    if steps == 1 and own.config.get("shift_terminal"):  # to end at a given level (Qwen-Image) would be 0 / 0
        return {"shift_terminal": None}
    return {}


def is_flow(scheduler: Any) -> bool:
    return type(scheduler).__name__.startswith("FlowMatch")


def _is_pndm(own: Any) -> bool:
    return type(own).__name__ == "PNDMScheduler"

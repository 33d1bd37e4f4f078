"""The names of the schedulers (samplers) people can ask for; core.engine.schedulers builds them."""

from __future__ import annotations

MODEL_OWN = "model"  # whatever the model's repository is set up with
SCHEDULERS: tuple[str, ...] = (
    "ddim",
    "euler",
    "euler-ancestral",
    "dpm++2m",
    "dpm++2m-karras",
    "dpm++2m-sde",
    "unipc",
    "lcm",
    "heun",
    "pndm",
    "flow-euler",
    MODEL_OWN,
)

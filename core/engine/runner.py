"""One job at a time through diffusers' own pipelines: serves every family the library can load."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, Self

import torch
from PIL import Image

from core.domain.names import BlobId
from core.domain.request import Control, Request
from core.domain.strength import StepPlan
from core.engine.adapters import showing, takes_references
from core.engine.clip import PromptReader
from core.engine.contract import EngineConfig
from core.engine.emphasis import plain
from core.engine.failures import reported
from core.engine.hints import hint_of
from core.engine.loading import Model, is_inpainting, load_model
from core.engine.memory import weight_bytes
from core.engine.pixels import open_picture, to_image
from core.engine.previews import Previewer, jpeg_of, previewer_of, watch_estimates
from core.engine.region import KeptRegion, stock_inpainting_fits
from core.engine.running import NOTHING, Hooks, Rendered, StoppedError, interruption
from core.engine.schedulers import build_scheduler, is_flow, replacement_note, usable_names
from core.engine.team import Team
from core.engine.texts import texts
from core.engine.watching import PREVIEW_EVERY
from core.errors import EngineError, ModelError
from core.imaging.masks import composite, has_greys, read_mask, shown, touched
from core.imaging.sizing import fit

log = logging.getLogger(__name__)


class PipelineRunner:
    """A loaded model and how to run requests on it. Not thread-safe: one run at a time."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._previewer = cache(lambda: previewer_of(model))  # costs a second: only where one is watched
        self._last: Any = model.image2image
        self._team = Team.on(model.device)

    @classmethod
    def load(cls, config: EngineConfig) -> Self:
        """Raises ModelError."""
        return cls(load_model(config))

    @property
    def device(self) -> str:
        return str(self._model.device)

    @property
    def dtype(self) -> str:
        return str(self._model.dtype).removeprefix("torch.")

    @property
    def schedulers(self) -> list[str]:
        return usable_names(self._model.own_scheduler)

    @property
    def weight_bytes(self) -> int:
        return weight_bytes(self._model.image2image.components.values())

    @property
    def notes(self) -> list[str]:
        note = replacement_note(self._model.own_scheduler)
        return [note] if note else []

    def run(
        self,
        request: Request,
        picture: bytes,
        mask: bytes | None = None,
        hooks: Hooks | None = None,
        others: Mapping[BlobId, bytes] = NOTHING,
    ) -> Rendered:
        """The picture of `request`; `picture`, `mask` and `others` are PNG of any size and are fitted here.

        Strength 0 is the fitted picture, 1 is pure noise, between them stock img2img. White in the mask changes, black
        does not, grey does by as much as it is light. Raises EngineError (with the traceback in the log only) and
        StoppedError.
        """
        hooks = hooks or Hooks()
        try:
            with self._team.at_work():
                return self._run(request, picture, mask, hooks, others)
        except (EngineError, StoppedError):
            raise
        except Exception as error:
            raise reported(error, request) from error
        finally:
            if self._model.device.type == "cuda" and hooks.cancelled:
                torch.cuda.empty_cache()

    @property
    def _has_stock_inpainting(self) -> bool:
        return stock_inpainting_fits(self._model.image2image)

    def _run(
        self, request: Request, picture: bytes, mask: bytes | None, hooks: Hooks, others: Mapping[BlobId, bytes]
    ) -> Rendered:
        fitted = fit(open_picture(picture), request.width, request.height)
        plan = request.plan
        hooks.started(plan.run)
        if plan.run == 0:
            return Rendered(image=fitted, steps_run=0)
        region = read_mask(mask, request.width, request.height) if mask else None
        white = self._white(region, fitted)
        pipeline = self._pipeline_for(request, inpaints=white is not None)
        pipeline.scheduler = build_scheduler(
            request.scheduler, self._model.own_scheduler, self._model.name, plan.scheduled
        )
        progress = _Progress(hooks, plan.run, self._previewer, request, self._team)
        progress.check()
        progress.estimates = watch_estimates(pipeline.scheduler)
        if region and (white is None or has_greys(region)):
            progress.kept = KeptRegion(self._model, request, fitted, region)
        self._model.loras.wear(request.loras)
        told = PromptReader(pipeline).read(request) if PromptReader.fits(pipeline) else texts(pipeline, request)
        reference = open_picture(others[request.reference.picture]) if request.reference else None
        maps = [hint_of(control, fitted, others, self._model.controlnets) for control in request.controls]
        given = {"image": fitted, "mask_image": white, "ip_adapter_image": reference, **told.arguments}
        given |= control_options(pipeline, request.controls, maps)
        with self._showing(request):
            image = self._call(pipeline, request, given, progress)
        if region:
            image = composite(fitted, image, shown(region, plan.run))
        return Rendered(image=image, steps_run=plan.run, unread=told.unread)

    def _white(self, region: Image.Image | None, fitted: Image.Image) -> Image.Image | None:
        """The mask that the stock inpainting pipeline is shown; None where another pipeline has to do."""
        if is_inpainting(self._model.image2image):  # such a network always takes a mask; without one all may change
            return touched(region) if region else Image.new("L", fitted.size, 255)
        return region if region and self._has_stock_inpainting and not has_greys(region) else None

    def _pipeline_for(self, request: Request, *, inpaints: bool) -> Any:
        model = self._model
        kind = "inpaint" if inpaints else "image2image" if request.strength < 1 else "text2image"
        nets = tuple(control.net for control in request.controls)
        pipeline = model.controlled(kind, nets) if nets else getattr(model, kind)
        if model.offload and pipeline is not self._last:
            pipeline.enable_model_cpu_offload(
                device=model.device
            )  # the hooks sit on the shared parts: the last one wins
        self._last = pipeline
        return pipeline

    def _showing(self, request: Request) -> AbstractContextManager[None]:
        """The network as a job with, or without, a reference wants it. Raises ModelError."""
        pipeline = self._model.image2image
        if request.reference is None:
            return nullcontext()
        if not takes_references(pipeline):
            raise ModelError("no-reference", model=self._model.name)
        return showing(pipeline.unet, request.reference.scale)

    def _call(self, pipeline: Any, request: Request, given: Mapping[str, Any], progress: _Progress) -> Image.Image:
        settings = {
            "strength": exact_strength(pipeline, request.plan),
            "num_inference_steps": request.plan.scheduled,
            "width": request.width,
            "height": request.height,
            "generator": torch.Generator("cpu").manual_seed(request.seed),
            "output_type": "np",
            "callback_on_step_end": progress.step_ended,
        }
        offered = {**given, **settings} | _guidance(pipeline, request)
        accepted = inspect.signature(pipeline.__call__).parameters
        output = pipeline(**{key: value for key, value in offered.items() if key in accepted and value is not None})
        if any(getattr(output, "nsfw_content_detected", None) or ()):
            raise EngineError("withheld")
        return to_image(output.images[0])


class _Progress:
    """Turns the pipeline's callback into steps that really ran, previews and cancellation."""

    def __init__(
        self, hooks: Hooks, steps: int, previewer: Callable[[], Previewer | None], request: Request, team: Team
    ) -> None:
        self.estimates: list[torch.Tensor] = []
        self.kept: KeptRegion | None = None
        self._hooks = hooks
        self._team = team
        self._steps = steps
        self._told = 0
        self._previewer = previewer
        self._size = (request.width, request.height)
        self._next_preview = 0.0

    def check(self) -> None:
        if reason := interruption(self._hooks):
            raise reason

    def step_ended(self, pipeline: Any, index: int, _timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        """Called once per network evaluation, of which second-order schedulers make two a step, except in the last."""
        self.check()
        self._team.look()
        remaining = pipeline.num_timesteps - index - 1
        done = min((index + 1) // pipeline.scheduler.order, self._steps) if remaining else self._steps
        if self.kept:
            step = index // pipeline.scheduler.order
            tensors["latents"] = self.kept.put_back(pipeline.scheduler, remaining, step, tensors["latents"])
        if done > self._told:
            self._told = done
            self._hooks.stepped(done, self._steps)
            self._preview(done, tensors)
        return tensors

    def _preview(self, step: int, tensors: dict[str, Any]) -> None:
        if not self._hooks.watched or step == self._steps or time.monotonic() < self._next_preview:
            return
        latents = self.estimates[0] if self.estimates else tensors["latents"]
        if (previewer := self._previewer()) and (colours := previewer.colours(latents.detach())) is not None:
            self._hooks.previewed(step, jpeg_of(colours.cpu(), *self._size))
        self._next_preview = time.monotonic() + PREVIEW_EVERY


def exact_strength(pipeline: Any, plan: StepPlan) -> float:
    """A strength that makes this pipeline run exactly `plan.run` of `plan.scheduled` steps, whatever floats do.

    Families round differently: Stable Diffusion runs the floor of steps * strength, flow models the ceiling.
    """
    if plan.run < plan.scheduled and is_flow(pipeline.scheduler):
        return (plan.run - 0.5) / plan.scheduled
    return plan.library_strength


def control_options(pipeline: Any, controls: Sequence[Control], maps: Sequence[Image.Image]) -> dict[str, Any]:
    """How the stock ControlNet pipelines are told: of one net as one value each, of several as lists."""
    if not controls:
        return {}
    named = "control_image" if "control_image" in inspect.signature(pipeline.__call__).parameters else "image"
    options: dict[str, list[Any]] = {
        named: list(maps),
        "controlnet_conditioning_scale": [float(control.scale) for control in controls],
        "control_guidance_start": [control.start for control in controls],
        "control_guidance_end": [control.end for control in controls],
    }
    return options if len(controls) > 1 else {name: values[0] for name, values in options.items()}


def _guidance(pipeline: Any, request: Request) -> dict[str, Any]:
    """Guidance as the family takes it; at 1 or below none computes unconditional rows.

    Models with `guidance_embeds` (Flux dev) were distilled to take the scale as an input; their relatives without it
    (Qwen-Image) call real guidance `true_cfg_scale` and want a negative prompt for it.
    """
    transformer = getattr(pipeline, "transformer", None)
    has_true = "true_cfg_scale" in inspect.signature(pipeline.__call__).parameters
    if has_true and transformer and not transformer.config.get("guidance_embeds"):
        return {"true_cfg_scale": request.guidance, "negative_prompt": plain(request.negative) or " "}
    return {"guidance_scale": request.guidance}

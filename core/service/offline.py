"""The door without a server: requests are run in this process, nothing is stored. For `restyle image`."""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from core.domain.command import Command, Preferences, StoredPicture
from core.domain.names import BlobId
from core.domain.request import (
    LORA_LIMIT,
    MAX_CONTROLS,
    MAX_SCALE,
    MAX_SEED,
    Control,
    Lora,
    Reference,
    Request,
)
from core.engine.contract import EngineConfig
from core.engine.running import Hooks
from core.errors import InputError
from core.imaging import provenance
from core.imaging.encode import converted
from core.imaging.intake import Intake, IntakeLimits, Picture
from core.imaging.sheets import Cell, sheet
from core.service.requests import Rules, build_requests

_LONGEST_SIDE = 16_384
_MOST_LAYERS = 100
OnStep = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A picture after intake, its mask, a picture to show beside the words, and the maps of its controls (all PNG)."""

    picture: Picture
    mask: bytes | None = None
    reference: bytes | None = None
    hints: tuple[bytes | None, ...] = ()

    @property
    def others(self) -> dict[BlobId, bytes]:
        return {_name(data): data for data in (self.reference, *self.hints) if data}

    @property
    def stored(self) -> StoredPicture:
        return StoredPicture(blob=_name(self.picture.png), width=self.picture.width, height=self.picture.height)


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A result: PNG with its settings inside; `seconds` of engine time. `unread` are words that did not fit."""

    request: Request
    png: bytes
    steps_run: int
    seconds: float
    unread: str = ""


class Studio:
    """Opens pictures, plans requests, renders them. The model is loaded at the first `render`."""

    def __init__(self, rules: Rules, config: EngineConfig, limits: IntakeLimits) -> None:
        self.rules = rules
        self._config = config
        self._limits = limits
        self._runner: Any = None  # core.engine.runner.PipelineRunner, whose import brings torch

    def open(
        self,
        picture: bytes,
        mask: bytes | None = None,
        reference: bytes | None = None,
        hints: Sequence[bytes | None] = (),
    ) -> Opened:
        """Intake, in a limited process. Raises PictureError and InputError."""
        return asyncio.run(self._open(picture, mask, reference, hints))

    def plan(self, command: Command, opened: Opened) -> list[Request]:
        """Complete requests, in order. Raises InputError and its kinds."""
        mask = _name(opened.mask) if opened.mask else None
        reference = _name(opened.reference) if opened.reference else None
        seed = secrets.randbelow(MAX_SEED + 1)
        maps = [_name(hint) if hint else None for hint in opened.hints]
        return build_requests(command, opened.stored, Preferences(), self.rules, seed, mask, reference, maps)[0]

    def load(self) -> None:
        """Load the model now rather than with the first picture. Raises ModelError."""
        if self._runner is None:
            os.environ.setdefault(
                "TRANSFORMERS_VERBOSITY", "error"
            )  # read at its import, which chats about torchvision
            from core.engine.runner import PipelineRunner

            self._runner = PipelineRunner.load(self._config)

    @property
    def device(self) -> str:
        """Where the loaded model runs, and in which precision: "cpu in float32"."""
        return f"{self._runner.device} in {self._runner.dtype}"

    @property
    def weight_bytes(self) -> int:
        """What the loaded model takes of its device's memory before it computes anything."""
        return int(self._runner.weight_bytes)

    def render(self, request: Request, opened: Opened, on_step: OnStep) -> Made:
        """Run one request; `on_step(step, steps)` after each step that really ran. Raises EngineError."""
        self.load()
        began = time.monotonic()
        rendered = self._runner.run(request, opened.picture.png, opened.mask, _Steps(on_step), opened.others)
        seconds = time.monotonic() - began
        return Made(
            request=request,
            png=provenance.write(rendered.image, provenance.settings_of(request)),
            steps_run=rendered.steps_run,
            seconds=seconds,
            unread=rendered.unread,
        )

    def command_like(self, result: bytes) -> tuple[Command, str]:
        """The command that made a result of ours, read from its settings, and the model that it was made with.

        Raises InputError("no-settings"). The file is anybody's: the model is told, never loaded because of it.
        """
        request = _request_in(provenance.read(result))
        command = Command(
            name="restyle",
            prompt=request.prompt,
            negative=request.negative,
            strengths=(request.strength,),
            seed=request.seed,
            steps=request.steps,
            guidance=request.guidance,
            scheduler=request.scheduler,
            counting=request.counting,
            size=(request.width, request.height),
            clip_skip=request.clip_skip,
            loras=request.loras,
            reference=request.reference.picture if request.reference else None,
            reference_scale=request.reference.scale if request.reference else None,
            controls=request.controls,
            hint=",".join(control.hint for control in request.controls if control.hint) or None,
        )
        return command, request.model

    def sheet(self, opened: Opened, made: Sequence[Made]) -> bytes:
        """The original and all results on one labelled sheet (PNG)."""
        cells = [Cell(label="original", png=opened.picture.png)]
        several_seeds = len({one.request.seed for one in made}) > 1
        for one in made:
            label = f"strength {one.request.strength.normalize():f}"
            cells.append(Cell(label=f"{label}, seed {one.request.seed}" if several_seeds else label, png=one.png))
        return sheet(cells)

    def encoded(self, png: bytes, suffix: str) -> bytes:
        """A result in the format of a file name's suffix: .png, .jpg, .jpeg or .webp."""
        return converted(png, suffix.lower().removeprefix(".").replace("jpg", "jpeg")).data

    async def _open(
        self, picture: bytes, mask: bytes | None, reference: bytes | None, hints: Sequence[bytes | None]
    ) -> Opened:
        async with Intake(replace(self._limits, workers=1)) as intake:
            opened = await intake.open(picture)
            size = (opened.width, opened.height)
            return Opened(
                picture=opened,
                mask=await intake.open_mask(mask, *size) if mask else None,
                reference=(await intake.open(reference)).png if reference else None,
                hints=tuple([(await intake.open(hint)).png if hint else None for hint in hints]),
            )


class _Steps(Hooks):
    def __init__(self, on_step: OnStep) -> None:
        self._on_step = on_step

    def stepped(self, step: int, steps: int) -> None:
        self._on_step(step, steps)


def _request_in(settings: dict[str, Any] | None) -> Request:
    """The request in a result's settings, which anybody may have written. Raises InputError("no-settings")."""
    if settings is None:
        raise InputError("no-settings")
    known = {field.name: settings[field.name] for field in fields(Request) if field.name in settings}
    try:
        request = Request.from_dict(known)
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        raise InputError("no-settings") from error
    words = (request.prompt, request.negative, request.scheduler, request.model)
    counts = (request.width, request.height, request.steps, request.seed, request.clip_skip)
    plausible = (
        all(isinstance(word, str) for word in words)
        and all(type(count) is int for count in counts)
        and type(request.guidance) in {int, float}
        and 0 <= request.strength <= 1
        and (request.reference is None or _is_plausible(request.reference))
        and len(request.controls) <= MAX_CONTROLS
        and all(_can_be(control) for control in request.controls)
        and 1 <= request.steps <= 1000
        and 0 <= request.clip_skip <= _MOST_LAYERS
        and all(map(_is_plausible_lora, request.loras))
        and 0 <= request.seed <= MAX_SEED
        and 0 < request.width <= _LONGEST_SIDE
        and 0 < request.height <= _LONGEST_SIDE
    )
    if not plausible:
        raise InputError("no-settings")
    return request


def _can_be(control: Control) -> bool:
    numbers = (control.scale, control.start, control.end)
    return (
        isinstance(control.net, str)
        and (control.hint is None or isinstance(control.hint, str))
        and all(type(number) in {int, float} for number in numbers)
        and 0 <= control.scale <= MAX_SCALE
        and 0 <= control.start < control.end <= 1
    )


def _is_plausible(reference: Reference) -> bool:
    return isinstance(reference.picture, str) and type(reference.scale) in {int, float} and 0 <= reference.scale <= 1


def _is_plausible_lora(lora: Lora) -> bool:
    return isinstance(lora.name, str) and type(lora.weight) in {int, float} and abs(lora.weight) <= LORA_LIMIT


def _name(data: bytes) -> BlobId:
    return BlobId(hashlib.sha256(data).hexdigest())

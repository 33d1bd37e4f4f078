"""The door without a server: requests are run in this process, nothing is stored. For `restyle image`."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from core.domain.command import Command, Preferences, StoredPicture
from core.domain.names import BlobId
from core.domain.request import MAX_SEED, Request
from core.engine.contract import EngineConfig
from core.errors import InputError
from core.imaging import provenance
from core.imaging.encode import encode
from core.imaging.intake import Intake, IntakeLimits, Picture
from core.imaging.sheets import Cell, sheet
from core.service.requests import Rules, build_requests

OnStep = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A picture after intake, and its mask (both PNG)."""

    picture: Picture
    mask: bytes | None = None

    @property
    def stored(self) -> StoredPicture:
        return StoredPicture(blob=_name(self.picture.png), width=self.picture.width, height=self.picture.height)


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A result: PNG with its settings inside; `seconds` of engine time."""

    request: Request
    png: bytes
    steps_run: int
    seconds: float


class Studio:
    """Opens pictures, plans requests, renders them. The model is loaded at the first `render`."""

    def __init__(self, rules: Rules, config: EngineConfig, limits: IntakeLimits) -> None:
        self.rules = rules
        self._config = config
        self._limits = limits
        self._runner: Any = None  # core.engine.runner.PipelineRunner, whose import brings torch

    def open(self, picture: bytes, mask: bytes | None = None) -> Opened:
        """Intake, in a limited process. Raises PictureError and InputError."""
        return asyncio.run(self._open(picture, mask))

    def plan(self, command: Command, opened: Opened) -> list[Request]:
        """Complete requests, in order. Raises InputError and its kinds."""
        mask = _name(opened.mask) if opened.mask else None
        seed = secrets.randbelow(MAX_SEED + 1)
        return build_requests(command, opened.stored, Preferences(), self.rules, seed, mask)[0]

    def load(self) -> None:
        """Load the model now rather than with the first picture. Raises ModelError."""
        if self._runner is None:
            from core.engine.runner import PipelineRunner

            self._runner = PipelineRunner.load(self._config)

    def render(self, request: Request, opened: Opened, on_step: OnStep) -> Made:
        """Run one request; `on_step(step, steps)` after each step that really ran. Raises EngineError."""
        from core.engine.hooks import Hooks

        self.load()
        began = time.monotonic()
        rendered = self._runner.run(request, opened.picture.png, opened.mask, Hooks(on_step=on_step))
        seconds = time.monotonic() - began
        return Made(
            request=request,
            png=provenance.write(rendered.image, provenance.settings_of(request)),
            steps_run=rendered.steps_run,
            seconds=seconds,
        )

    def command_like(self, result: bytes) -> tuple[Command, str]:
        """The command that made a result of ours, read from its settings, and the model that it was made with.

        Raises InputError("no-settings"). The file is anybody's: the model is told, never loaded because of it.
        """
        settings = provenance.read(result)
        try:
            request = Request.from_dict(settings["request"]) if settings else None
        except (KeyError, TypeError, ValueError, ArithmeticError):
            request = None
        if request is None:
            raise InputError("no-settings")
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
        """A result in the format of a file name's suffix: png, jpg, jpeg or webp."""
        return encode(png, suffix)

    async def _open(self, picture: bytes, mask: bytes | None) -> Opened:
        async with Intake(replace(self._limits, workers=1)) as intake:
            opened = await intake.open(picture)
            size = (opened.width, opened.height)
            return Opened(picture=opened, mask=await intake.open_mask(mask, *size) if mask else None)


def _name(data: bytes) -> BlobId:
    return BlobId(hashlib.sha256(data).hexdigest())

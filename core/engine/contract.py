"""What the chat process and an engine process say to each other. Imports no torch.

The worker sends commands, the engine answers with events; both are frozen dataclasses that travel as msgpack frames
(see core.engine.wire). One engine serves one device; the same contract will be spoken by actors on other machines.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from core.domain.catalogue import ModelSpec
from core.domain.job import Problem
from core.domain.likeness import Resemblance, Scale
from core.domain.names import BlobId, JobId
from core.domain.request import Request

Compile = Literal["auto", "on", "off"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LikenessConfig:
    """What measures the likeness of pictures of other models than the bundled one: folders or hub ids, or nothing.

    `model` embeds whole pictures, `face` the faces that `finder` finds. `scales` are those of calibrated ones, by name.
    """

    model: str = ""
    face: str = ""
    finder: str = ""
    scales: dict[str, Scale] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineConfig:
    """What an engine is started with."""

    model: str  # "bundled", a folder, or a hub id
    spec: ModelSpec
    device: str = "auto"  # "auto", "cpu", "cuda", "cuda:1", "mps"
    threads: int = 0  # 0: the library's own choice
    offline: bool = False  # never ask the hub
    further: dict[str, ModelSpec] = field(default_factory=dict, hash=False)  # models that are loaded when one is wanted
    memory: int = 0  # bytes that loaded models may take together; 0: a share of the device's
    compile: Compile = "auto"  # networks for the sizes in use; "auto" does on CUDA
    likeness: LikenessConfig = field(default_factory=LikenessConfig)


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Work on this. `picture`, `mask` and `others` (those of `request.others`) are stored originals (upright PNG).

    Owners share the device evenly. What has not ended `seconds` after this was sent is given up.
    """

    job: JobId
    request: Request
    picture: bytes
    mask: bytes | None = None
    others: dict[BlobId, bytes] = field(default_factory=dict, hash=False)
    previews: bool = False
    owner: str = ""
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancel:
    """Stop this job between two steps."""

    job: JobId


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """Somebody began or stopped looking: previews are made only while somebody does."""

    job: JobId
    previews: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """Find the face on `picture` (an upright PNG), or what `words` name, by what `model`'s pictures are judged with.

    No job: it takes a moment between two steps, and whoever asks can ask again.
    """

    id: str
    model: str
    picture: bytes
    words: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stop:
    """Finish what runs, then leave."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ready:
    """The default model is loaded. `schedulers` are the names it can use; `capacity` how many jobs it takes at once."""

    device: str
    dtype: str
    model: str
    schedulers: list[str]
    capacity: int
    seconds: float  # loading took this long
    notes: list[str] = field(default_factory=list)  # for the log, for example that PNDM was replaced


@dataclass(frozen=True, kw_only=True, slots=True)
class Broken:
    """The default model cannot be loaded; the engine leaves after saying so."""

    problem: Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelState:
    """One of the models that an engine offers. `bytes` are those of its weights while it is loaded, else 0.

    `schedulers` are empty until it was loaded once; `problem` says why it could not be loaded when that was last tried.
    """

    model: str
    bytes: int = 0
    schedulers: list[str] = field(default_factory=list, hash=False)
    problem: Problem | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse:
    """Sent every second or so, also within a step: the process is alive. `figures` are its running counts, by name."""

    figures: dict[str, float] = field(default_factory=dict)
    models: list[ModelState] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Started:
    """The first step is about to run, of `steps` that really run."""

    job: JobId
    steps: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Stepped:
    """`step` of `steps` are done."""

    job: JobId
    step: int
    steps: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Previewed:
    """What the picture looks like so far: a small JPEG."""

    job: JobId
    step: int
    jpeg: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """The result, a PNG without metadata; seconds of engine time. `unread` are words that did not fit the model."""

    job: JobId
    png: bytes
    width: int
    height: int
    steps_run: int
    seconds: float
    unread: str = ""
    likeness: Resemblance | None = None  # where the request asked for it


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """This job cannot be done; others go on."""

    job: JobId
    problem: Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Cancelled:
    """The job was stopped as asked."""

    job: JobId


@dataclass(frozen=True, kw_only=True, slots=True)
class Looked:
    """The answer to `Look`: `area` is white where it was found (grey PNG of the picture's size), or says why not."""

    id: str
    area: bytes = b""
    problem: Problem | None = None


EngineCommand = Run | Cancel | Watch | Look | Stop
EngineEvent = Ready | Broken | Pulse | Started | Stepped | Previewed | Finished | Failed | Cancelled | Looked

"""What an engine is doing, for the operator page, `restyle doctor` and the metrics."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from core.domain.job import Problem
from core.domain.names import JobId
from core.engine.contract import ModelState


class EngineState(Enum):
    """Where an engine is in its life."""

    STARTING = "starting"  # the process runs and loads its model
    READY = "ready"  # waits for work
    BUSY = "busy"  # works
    DOWN = "down"  # died; it is started again after a pause
    BROKEN = "broken"  # cannot load its model; `problem` says why, and it is tried again now and then


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineStatus:
    """One engine at one moment. `device`, `dtype` and `schedulers` are empty until its model was loaded once."""

    state: EngineState
    model: str
    device: str = ""
    dtype: str = ""
    schedulers: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pid: int | None = None
    problem: Problem | None = None
    load_seconds: float = 0.0
    restarts: int = 0  # deaths since the program started
    jobs: list[JobId] = field(default_factory=list)  # running now, oldest first
    done: int = 0
    failures: int = 0
    busy_seconds: float = 0.0  # of engine time in finished jobs
    models: list[ModelState] = field(default_factory=list)  # what the present process offers, and has loaded
    figures: dict[str, float] = field(default_factory=dict)  # what the present process counts: ticks, rows, cache hits

"""What happens to jobs and how engines fare, as adapters see it: names of the worker's that `bot` may use."""

from core.worker.events import Happening, JobEvent, Watcher
from core.worker.status import EngineState, EngineStatus

__all__ = ["EngineState", "EngineStatus", "Happening", "JobEvent", "Watcher"]

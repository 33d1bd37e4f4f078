"""The only door `bot` uses: submit, watch, cancel, look up."""

from core.service.service import Asker, Service
from core.service.states import CardState, JobState, QueueView

__all__ = ["Asker", "CardState", "JobState", "QueueView", "Service"]

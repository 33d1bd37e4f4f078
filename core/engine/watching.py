"""Previews of jobs under way, for those that somebody watches."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from core.engine.previews import Previewer, jpeg_of
from core.engine.running import interruption
from core.engine.slots import Slot, clean_estimate
from core.engine.transfers import Fetch

log = logging.getLogger(__name__)

PREVIEW_EVERY = 1.0  # seconds, of one job


@dataclass(frozen=True, kw_only=True, slots=True)
class _Coming:
    slot: Slot
    step: int
    colours: Fetch


class Watching:
    """Begins at most one preview a tick, for whoever waits longest: a crowd that watches slows nobody down.

    A preview is looked at once it has arrived, in a later tick where need be: nothing here waits for the device. One
    that cannot be made is left out.
    """

    def __init__(self, previewer: Callable[[], Previewer | None]) -> None:
        self._previewer = cache(previewer)  # costs a second to make: only where one is watched
        self._coming: deque[_Coming] = deque()

    def tick(self, stepped: Iterable[Slot]) -> None:
        """After a step of these."""
        now = time.monotonic()
        due = [slot for slot in stepped if _is_wanted(slot) and slot.next_preview <= now]
        try:
            if due:
                self._begin(min(due, key=lambda slot: slot.next_preview), now)
            while self._coming and self._coming[0].colours.is_ready:
                _show(self._coming.popleft())
        except Exception:
            log.warning("previews.lost", exc_info=True)

    def _begin(self, slot: Slot, now: float) -> None:
        slot.next_preview = now + PREVIEW_EVERY
        latents, previewer = clean_estimate(slot), self._previewer()
        colours = previewer.colours(latents[None]) if previewer and latents is not None else None
        if colours is not None:
            self._coming.append(_Coming(slot=slot, step=slot.told, colours=Fetch(colours)))


def _is_wanted(slot: Slot) -> bool:
    """A job that has ended, or is about to, shows nothing any more."""
    return slot.task.hooks.watched and not slot.is_done and not interruption(slot.task.hooks)


def _show(coming: _Coming) -> None:
    request = coming.slot.task.request
    if _is_wanted(coming.slot):
        jpeg = jpeg_of(coming.colours.wait(), request.width, request.height)
        coming.slot.task.hooks.previewed(coming.step, jpeg)

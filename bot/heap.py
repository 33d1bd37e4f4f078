"""The memory of a process that lives for months."""

from __future__ import annotations

import ctypes
import logging

log = logging.getLogger(__name__)

_M_ARENA_MAX = -8  # of mallopt(3)


def share_one_heap() -> None:
    """Let all threads of this process take their memory from one heap. Call it before there are any.

    glibc gives each thread a heap of its own, whose free parts no other thread uses: with threads that come and go (a
    database's connections, say) a process of the same size takes more memory with every job. Elsewhere nothing is done.
    """
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    except (AttributeError, OSError, TypeError):
        log.debug("heap.not-shared")

"""Hypothesis without deadlines: how long an example takes says more about the machine than about the code."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no core waits for the other at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(autouse=True)
def _levels() -> Iterator[None]:
    """A command that ran in this process chose how much is logged: the tests after it hear everything again."""
    yield
    for room in ("bot", "core"):
        logging.getLogger(room).setLevel(logging.NOTSET)

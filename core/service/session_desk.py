"""What sessions work with: where they are kept, and what they ask of the rest of the service."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from core.domain.clock import Clock
from core.domain.command import Command
from core.domain.names import CharacterId, PersonId
from core.domain.request import Request
from core.service.asking import Asker
from core.service.requests import Rules
from core.service.states import CardState
from core.storage.blobs import BlobStore
from core.storage.sessions import SessionStore
from core.worker.events import Watcher


class Desk(Protocol):
    """What sessions ask of the rest of the service."""

    @property
    def rules(self) -> Rules: ...

    def owner_of(self, person: PersonId) -> PersonId: ...

    def watch(self, person: PersonId | None = None) -> AbstractContextManager[Watcher]: ...

    async def accept(
        self,
        asker: Asker,
        command: Command,
        requests: Sequence[Request],
        original: tuple[int, int],
        *,
        character: CharacterId | None = None,
        labels: Sequence[str] = (),
    ) -> CardState: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionParts:
    """What sessions are kept in. `has_page`: galleries can be shown; `origin`: where people outside open it."""

    store: SessionStore
    blobs: BlobStore
    clock: Clock
    has_page: bool = True
    origin: str = ""

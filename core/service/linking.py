"""One person on several platforms: a code is shown on one and typed on the other."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from core.domain.clock import Clock
from core.domain.names import ALPHABET, PersonId, Platform
from core.errors import InputError, NotFoundError, OptionError, RefusedError
from core.service.asking import Asker
from core.storage.links import Linked, LinkStore, Newcomer

__all__ = ["CODE_SECONDS", "Linked", "Linking", "Shown"]

CODE_SECONDS = 600.0
_LENGTH = 8  # characters of 5 bits: at the rate below, a thousand codes at once are found in 10,000 years
_WRONG = 5  # wrong codes that one person may type in ten minutes
_WRONG_OF_ALL = 200  # and everybody together, for whoever comes under many names
_REMEMBERED = 10_000  # people whose wrong codes are counted; whoever erred longest ago is forgotten
_TAKEN_FOR = str.maketrans("ilo", "110")  # letters that the alphabet leaves out because they look like these digits
_COST = {"n": 2**12, "r": 8, "p": 1, "dklen": 32}  # of scrypt: some milliseconds for us, years for 40 bits


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """A fresh code as people read it ("k7qx-3mtv"), how long it works, and what is linked already."""

    code: str
    seconds: float
    linked: tuple[Linked, ...]


@dataclass(slots=True)
class _Errors:
    """When whoever it was typed wrong codes, of the last ten minutes."""

    times: list[float] = field(default_factory=list)

    def wait(self, now: float, most: int) -> float:
        """Seconds until another try; 0 where it may be now."""
        self.times = [time for time in self.times if now - time < CODE_SECONDS]
        return self.times[-most] + CODE_SECONDS - now if len(self.times) >= most else 0.0


class Linking:
    """Who typed a code joins who showed it: the latter's settings win. Who parts takes along what was made there."""

    def __init__(self, store: LinkStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._errors: OrderedDict[PersonId, _Errors] = OrderedDict()
        self._all_errors = _Errors()

    def owner(self, identity: PersonId) -> PersonId:
        """The person who owns what this identity does: itself, where it is not linked."""
        return self._store.owner(identity)

    def identities(self, person: PersonId) -> list[PersonId]:
        """All the identities of a person, or of whoever this identity belongs to."""
        return self._store.identities(person)

    async def linked(self, asker: Asker) -> list[Linked]:
        """What the asker is linked to, this place included, oldest first; empty where there is no link."""
        return await self._store.linked(asker.person)

    async def show(self, asker: Asker) -> Shown:
        """A fresh code for the other platform; an earlier one no longer works. Raises RefusedError("in-public")."""
        check_privacy(asker)
        code = "".join(secrets.choice(ALPHABET) for _ in range(_LENGTH))
        digest = await _digest(code)
        await self._store.offer(self._newcomer(asker), digest, self._clock.now() + CODE_SECONDS)
        linked = await self._store.linked(asker.person)
        return Shown(code=f"{code[:4]}-{code[4:]}", seconds=CODE_SECONDS, linked=tuple(linked))

    async def look_up(self, asker: Asker, code: str) -> Linked:
        """Whose code it is, before it is used. Raises what `join` raises."""
        digest = await self._checked(asker, code)
        try:
            return await self._store.look_up(digest, self._newcomer(asker))
        except NotFoundError:
            self._note_error(asker.person)
            raise

    async def join(self, asker: Asker, code: str) -> Linked:
        """Become one person with who showed the code; returns that.

        Raises OptionError("code") for what cannot be one, NotFoundError("code") for a wrong or old one,
        RefusedError("rate") after too many of those, and for those that cannot be linked InputError("own-code"),
        RefusedError("linked") or RefusedError("many-links").
        """
        digest = await self._checked(asker, code)
        try:
            return await self._store.join(digest, self._newcomer(asker))
        except NotFoundError:
            self._note_error(asker.person)
            raise

    async def part(self, asker: Asker, number: int | None = None) -> Linked:
        """Take this identity out of the person, or the one with this number among `linked` (from 1); returns it.

        Raises InputError("not-linked").
        """
        linked = await self._store.linked(asker.person)
        if number is None:
            number = next((at for at, one in enumerate(linked, 1) if one.identity == asker.person), 0)
        if not 1 <= number <= len(linked):
            raise InputError("not-linked")
        await self._store.part(linked[number - 1].identity)
        return linked[number - 1]

    async def _checked(self, asker: Asker, code: str) -> str:
        """The hash of a code that may be tried now."""
        check_privacy(asker)
        plain = plain_code(code)
        now = self._clock.now()
        wait = max(
            self._errors.get(asker.person, _Errors()).wait(now, _WRONG), self._all_errors.wait(now, _WRONG_OF_ALL)
        )
        if wait > 0:
            raise RefusedError("rate", seconds=int(wait) + 1)
        return await _digest(plain)

    def _note_error(self, person: PersonId) -> None:
        errors = self._errors.setdefault(person, _Errors())
        self._errors.move_to_end(person)
        for one in (errors, self._all_errors):
            one.times.append(self._clock.now())
        if len(self._errors) > _REMEMBERED:
            self._errors.popitem(last=False)

    def _newcomer(self, asker: Asker) -> Newcomer:
        return Newcomer(identity=asker.person, name=asker.name, at=self._clock.now())


def plain_code(text: str) -> str:
    """A code as it was made, from however it was typed. Raises OptionError("code")."""
    plain = text.lower().replace("-", "").replace(" ", "").translate(_TAKEN_FOR)
    if len(plain) != _LENGTH or not set(plain) <= set(ALPHABET):
        raise OptionError("code", given=text[:40])
    return plain


def check_privacy(asker: Asker) -> None:
    """In a Telegram group everybody reads what is typed and answered. Raises RefusedError("in-public")."""
    if asker.place.platform is Platform.TELEGRAM and asker.community is not None:
        raise RefusedError("in-public")


async def _digest(code: str) -> str:
    """Slow on purpose, so off the loop. One salt for all: a code is found by its hash, and lives ten minutes."""
    return (await asyncio.to_thread(hashlib.scrypt, code.encode(), salt=b"restyle.link", **_COST)).hex()

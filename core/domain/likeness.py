"""Likeness: how much a result still shows the character it began with, and what is done where it drifts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from itertools import pairwise

from core.domain.names import BlobId

SAME = 0.8  # of every encoder's scale: above it lies one stranger in a hundred
CLOSE = 0.5  # above it lies one stranger in twenty
MAX_TRIES = 3  # the first one, and two more at lower strengths


class Keep(Enum):
    """What of a character a variation keeps, besides what its strength leaves."""

    OFF = "off"  # nothing: one strength everywhere
    LIKENESS = "likeness"  # results that drift are made again, gentler
    FACE = "face"  # the face changes little, the rest a lot
    BOTH = "both"

    @classmethod
    def of(cls, *, face: bool, likeness: bool) -> Keep:
        if face:
            return cls.BOTH if likeness else cls.FACE
        return cls.LIKENESS if likeness else cls.OFF

    @property
    def face(self) -> bool:
        return self in {Keep.FACE, Keep.BOTH}

    @property
    def likeness(self) -> bool:
        return self in {Keep.LIKENESS, Keep.BOTH}


class Verdict(Enum):
    """A score in a word."""

    SAME = "same"
    CLOSE = "close"
    DRIFTING = "drifting"


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """What a request asks for: the result is compared with `base`, a stored picture of the character.

    With `keep`, a result below `floor` (in [0, 1]) is made again at a lower strength, `MAX_TRIES` times in all; the
    first that reaches it is the result, or else the best.
    """

    base: BlobId
    keep: bool = False
    floor: float = SAME


@dataclass(frozen=True, kw_only=True, slots=True)
class Resemblance:
    """What was measured: `score` in [0, 1] on the scale of `SAME` and `CLOSE`.

    `tries` pictures were made. Where one after the first was taken, `strength` is what it was made at; where a
    strength map says how much each part changes, its strength stays, and `hold` is the share of the map's greys left.
    """

    score: float
    tries: int = 1
    strength: str = ""
    hold: float = 1.0

    @property
    def verdict(self) -> Verdict:
        if self.score >= SAME:
            return Verdict.SAME
        return Verdict.CLOSE if self.score >= CLOSE else Verdict.DRIFTING

    @property
    def percent(self) -> int:
        return round(100 * self.score)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """From an encoder's cosine to a score: `strangers` (their median) is 0, `close` is CLOSE, `same` is SAME, 1 is 1.

    `close` is what one stranger in twenty reaches, `same` what one in a hundred does; see core.engine.likeness.
    The defaults are for an embedding that nobody calibrated: a guess from the middle of what published ones give.
    """

    strangers: float = 0.3
    close: float = 0.6
    same: float = 0.8

    def score(self, cosine: float) -> float:
        """In [0, 1], rising with the cosine."""
        marks = [(self.strangers, 0.0), (self.close, CLOSE), (self.same, SAME), (1.0, 1.0)]
        if cosine <= self.strangers:
            return 0.0
        for (low, below), (high, above) in pairwise(marks):
            if cosine <= high:
                return below + (above - below) * (cosine - low) / max(high - low, 1e-6)
        return 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """A scale, and what it does on `characters` that had no part in it; shares in [0, 1].

    `same` and `close` (or same) are of pictures of one character, `mistaken` of two that are taken for close or same.
    """

    scale: Scale
    characters: int
    same: float
    close: float
    mistaken: float
    auc: float


def lowered(strength: Decimal, tries: int) -> Decimal:
    """The strength after so many tries: four fifths of the last one each time, in hundredths."""
    return (strength * Decimal("0.8") ** tries).quantize(Decimal("0.01"))

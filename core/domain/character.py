"""A character: a person's named preset, with the base picture that every variation starts from."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from core.domain.likeness import Keep
from core.domain.names import BlobId, CharacterId, CommunityId, PersonId

DEFAULT_STRENGTH = Decimal("0.4")  # of variations: the guide's value for one that stays recognisable
FACE_STRENGTH = Decimal("0.75")  # at least, where the face is kept: the clothes follow the words from there on


@dataclass(frozen=True, kw_only=True, slots=True)
class Preset:
    """What a character brings to a request where the command says nothing. None: the model's or the seed's own."""

    prompt: str = ""
    negative: str | None = None
    seed: int | None = None
    strength: Decimal = DEFAULT_STRENGTH
    style: str | None = None
    steps: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """One version of the base picture, counted from 1; sizes in pixels.

    `picture` is None while a job makes it. `identity` is what the encoder named `encoder` saw in it; `face_map` is a
    grey map of its size, darker where less may change.
    """

    number: int
    width: int
    height: int
    made_at: float
    picture: BlobId | None = None
    identity: bytes | None = None
    encoder: str | None = None
    face_map: BlobId | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Character:
    """One row. `name` is what the person calls it in whose list it stands: `holder`, who is its owner or follows it.

    `threshold` is the least likeness, in [0, 1], that counts as the same character; None: the encoder's own.
    """

    id: CharacterId
    owner: PersonId
    owner_name: str
    holder: PersonId
    name: str
    base: Base
    preset: Preset = field(default_factory=Preset)
    is_default: bool = False
    threshold: float | None = None
    keeps_likeness: bool = False
    keeps_face: bool = False
    created_at: float = 0.0
    changed_at: float = 0.0

    @property
    def keep(self) -> Keep:
        """What its variations keep where nobody says anything else."""
        return Keep.of(face=self.keeps_face, likeness=self.keeps_likeness)

    @property
    def is_own(self) -> bool:
        """Whether its holder may edit it."""
        return self.owner == self.holder


class ShareMode(Enum):
    """What somebody gets who takes a shared character."""

    COPY = "copy"  # a character of their own, which later edits do not reach
    FOLLOW = "follow"  # the owner's, with every edit, as long as it is shared


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A character that others may take: whoever has the code, and everybody in `place`, if there is one."""

    code: str
    character: CharacterId
    mode: ShareMode
    place: CommunityId | None
    created_at: float

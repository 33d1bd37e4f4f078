"""What a session is to be: what a host asks for, and the character it is about."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from core.domain.character import Character
from core.domain.session import DEFAULT_BUDGET, MAX_TEXT, Subject
from core.errors import SessionError
from core.service.varying import base_picture, firmer


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a host asks for. `seconds`: how long from now; None: a day."""

    subject: Subject
    theme: str = ""
    rules: str = ""
    ends_at: float | None = None
    budget: int = DEFAULT_BUDGET
    shows_board: bool = True

    def check(self) -> None:
        """Raises SessionError("too-long")."""
        for what, text in (("theme", self.theme), ("rules", self.rules)):
            if len(text) > MAX_TEXT:
                raise SessionError("too-long", what=what, limit=MAX_TEXT)


def subject_of(character: Character) -> Subject:
    """A character as it is now, for a session about it: with its kept face, if it has one. Raises InputError."""
    picture, preset = base_picture(character), character.preset
    mask = character.base.face_map if character.keeps_face else None
    preset = firmer(preset) if mask else preset
    return Subject(
        owner=character.owner,
        name=character.name,
        picture=picture.blob,
        width=picture.width,
        height=picture.height,
        character=character.id,
        mask=mask,
        keeps_likeness=character.keeps_likeness,
        threshold=character.threshold,
        **asdict(preset),
    )

"""A card as Telegram shows it: text or a caption in Telegram's HTML, one picture, rows of buttons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path

from PIL import Image
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.cards import Action, Button, Card, job_card
from bot.replies import say
from core.service.states import CardState

PHOTO_BYTES = 10 * 1024 * 1024 - 4096  # of a photo: Telegram's 10 MB, less what may come with it
FILE_BYTES = 50 * 1024 * 1024 - 65_536  # of any other file
_SIDES, _RATIO = 10_000, 20  # of a photo: width + height, and the long side over the short one
TEXT, CAPTION = 4096, 1024  # characters, after Telegram has read the HTML
_WORD_JOINER = "\u2060"  # nobody sees it, and Telegram finds no name behind it
_LINE = 220  # characters of one line of a card
_OF_AN_ALBUM = (Action.SUBTLE, Action.STRONG, Action.REROLL, Action.FULL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file of a message: its bytes, or where they lie. A photo is shown in the chat, as small as Telegram likes."""

    name: str
    data: bytes | Path
    is_photo: bool = False
    is_spoiler: bool = False  # hidden until somebody taps it: photos only


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """All that one message shows. Equal drawings look the same, so that the second need not be sent."""

    text: str
    rows: tuple[tuple[Button, ...], ...] = ()
    picture: Upload | None = None

    @property
    def keyboard(self) -> InlineKeyboardMarkup | None:
        return keyboard(self.rows)


def draw(state: CardState, language: str, *, picture: Upload | None = None, notes: Sequence[str] = ()) -> Drawing:
    """The card as it stands."""
    card = job_card(state, language)
    return Drawing(text=_text([*_lines(card), *map(_small, (*card.notes, *notes))]), rows=card.rows, picture=picture)


def draw_album(states: Sequence[CardState], language: str) -> Drawing:
    """The cards that were asked for by one album: a line for each, and the buttons of each once all have ended."""
    cards = [job_card(state, language) for state in states]
    text = _text([f"{number}. {line}" for number, card in enumerate(cards, 1) for line in _lines(card)[:2]])
    is_over = all(state.is_finished for state in states)
    whole = Action.DELETE if is_over else Action.CANCEL
    last = (Button(action=whole, label=say(f"button.{whole.value}", language), target=states[0].id),)
    if not is_over:
        return Drawing(text=text, rows=(last,))
    rows = (_numbered(number, state, language) for number, state in enumerate(states, 1))
    return Drawing(text=text, rows=(*rows, last))


def keyboard(rows: Sequence[Sequence[Button]]) -> InlineKeyboardMarkup | None:
    made = [[InlineKeyboardButton(button.label, callback_data=button.id) for button in row] for row in rows if row]
    return InlineKeyboardMarkup(made) if made else None


def fits_photo(data: bytes) -> bool:
    """Whether Telegram takes a picture of ours as a photo."""
    with Image.open(BytesIO(data)) as picture:
        width, height = picture.size
    ratio = max(width, height) / min(width, height)
    return len(data) <= PHOTO_BYTES and width + height <= _SIDES and ratio <= _RATIO


def plain(text: str) -> str:
    """Text of people's as nothing but text, in one line: no markup, and no name in it is called."""
    return exact(text).replace("@", f"@{_WORD_JOINER}")


def exact(text: str) -> str:
    """The same for what is copied, within code, where Telegram calls nobody."""
    return escape(" ".join(text.split()), quote=False)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _lines(card: Card) -> list[str]:
    """The headline, and how far it is."""
    lines = [plain(cut(card.headline, _LINE))]
    return [*lines, card.bar.text] if card.bar else lines


def _small(note: str) -> str:
    return f"<i>{plain(cut(note, _LINE))}</i>"


def _text(lines: Sequence[str]) -> str:
    """As many whole lines as a caption takes: a message may get a picture at any time."""
    kept: list[str] = []
    for line in lines:
        if sum(map(len, kept)) + len(kept) + len(line) > CAPTION:
            break
        kept.append(line)
    return "\n".join(kept)


def _numbered(number: int, state: CardState, language: str) -> tuple[Button, ...]:
    """The buttons of one picture among several."""
    actions = _OF_AN_ALBUM if state.first.outcome else (Action.RETRY,)
    labels = [say(f"button.{action.value}", language) for action in actions]
    labels[0] = f"{number} · {labels[0]}"
    made = zip(actions, labels, strict=True)
    return tuple(Button(action=action, label=label, target=state.first.id) for action, label in made)

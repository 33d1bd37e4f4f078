"""Replies on the command line: what is printed, and which files are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bot.page_client import PageClient, Plain
from core.errors import InputError

_LONGEST = 40  # characters of a label in a file's name
_OWN_WAY = {"info", "original", "full", "edit", "delete", "cancel"}  # buttons that other commands are for
_ENDINGS = {"image/jpeg": ".jpg", "image/webp": ".webp", "application/zip": ".zip"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A file, and what it shows."""

    path: Path
    label: str


async def written(page: PageClient, reply: Plain, folder: Path) -> list[Written]:
    """Fetch all that a reply hands over. A file that is there is never written over. Raises InputError."""
    files = []
    for name, label, address in _offered(reply):
        data, kind = await page.fetch(address)
        files.append(Written(path=_write(folder, name, _ENDINGS.get(kind, ".png"), data), label=label))
    return files


def lines_of(reply: Plain, files: list[Written]) -> Iterator[str]:
    """What to print, a line at a time."""
    match reply["kind"]:
        case "card":
            yield from _card(reply["card"])
        case "character":
            yield from (reply["text"], *_character(reply["character"]))
        case "characters":
            yield reply["text"]
            for one in reply["characters"]:
                yield f"  {one['headline']}" + (f" · {one['lines'][0]}" if one["lines"] else "")
            yield from reply["more"]
        case "list":
            yield reply["text"]
            yield from (f"  {card['id']}  {card['status']:<9}  {card['headline']}" for card in reply["cards"])
        case "info":
            yield from (f"{name}: {value}" for name, value in reply["lines"])
            yield reply["line"]
        case "begun" | "draft":
            yield from (line for line in (reply.get("text"), reply["line"]) if line)
        case _:
            yield from filter(None, [reply.get("text")])
    if besides := reply.get("besides"):
        yield besides["text"]
    yield from (f"  {link['label']}: {link['href']}" for link in reply.get("links", ()))
    yield from _buttons(reply.get("buttons", ()))
    yield from (f"{file.path}" + (f"  {file.label}" if file.label else "") for file in files)


def _card(card: Plain) -> Iterator[str]:
    yield card["headline"]
    yield from card["notes"]
    if card["status"] == "done":
        yield from _buttons(button for row in card["rows"] for button in row)


def _character(character: Plain) -> Iterator[str]:
    yield f"  {character['headline']}"
    yield from (f"  {line}" for line in character["lines"])
    yield from (f"  {one['label'] or character['best_label']}: job {one['job']}" for one in character["best"])


def _buttons(buttons: Iterator[Plain] | tuple[()]) -> Iterator[str]:
    """Named so that `restyle press` takes them."""
    for button in buttons:
        if button["id"] and button["action"] not in _OWN_WAY:
            yield f"  {button['label']}: restyle press {button['id'].removeprefix('v1:')}"


def _offered(reply: Plain) -> Iterator[tuple[str, str, str]]:
    """Name, label and address of each file that a reply hands over."""
    match reply["kind"]:
        case "card":
            card = reply["card"]
            for result in card["results"]:
                yield f"{result['label'][:_LONGEST]}-{result['job']}", result["label"], result["full"]
            if card["sheet"] and card["status"] == "done":
                yield f"sheet-{card['id']}", "sheet", card["sheet"]
        case "file":
            yield reply["name"].removesuffix(".png"), "", reply["url"]
        case "face":
            yield reply["alt"].removesuffix(".png"), "", reply["src"]
        case "picture":
            yield f"picture-{reply['url'].split('/')[-2]}", "", reply["url"]
    if besides := reply.get("besides"):
        yield from _offered(besides)
    for button in reply.get("buttons", ()):
        if href := button.get("href"):
            yield "restyle-data", "", href


def _write(folder: Path, name: str, ending: str, data: bytes) -> Path:
    path = _free(folder, _plain_name(name), ending)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise InputError("unwritable", name=path.name[:80]) from error
    return path


def _plain_name(name: str) -> str:
    """Letters, digits and dashes: fine on every disk and in every shell."""
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-") or "picture"


def _free(folder: Path, name: str, ending: str) -> Path:
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(path for each in names if not (path := folder / f"{each}{ending}").exists())

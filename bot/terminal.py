"""Commands of the chats on the command line: `restyle character save fox --picture fox.png`.

They go to the page of the program that runs on the data folder, or of one that is started for this command alone: so
characters, limits and the queue are the same ones, and everything is said by one parser and one set of sentences.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tqdm import tqdm

from bot.app import Stand, open_app
from bot.folder import signing_key, told_address
from bot.languages.choice import base_of
from bot.logs import configure_logging
from bot.page_client import PageClient, Plain, RefusedByPageError, open_client
from bot.settings import Settings
from bot.terminal_answers import Written, lines_of, written
from bot.web.identity import Keys
from core.domain.names import PersonId
from core.errors import InputError, StartError

HERE = PersonId("cli:here")  # whoever may read the data folder: one person
_SURE = {"forget", "erase", "join"}  # buttons that answer a question with yes
_YES = {"y", "yes", "j", "ja", "s", "si", "sí"}
_PATIENCE = 50  # looks at a folder whose program is just starting
_PAUSE = 0.1  # seconds between them
_REFUSED, _FAILED = 2, 3  # exit statuses, as bot.cli has them


def talk(options: argparse.Namespace, stand: Stand | None = None) -> int:
    """The exit status; raises RestyleError with what is wrong."""
    settings = Settings.load()
    configure_logging("debug" if options.debug else "error")
    try:
        return asyncio.run(_talk(settings, options, stand))
    except RefusedByPageError as error:
        print(f"restyle: {error.sentence}", file=sys.stderr)
        return _REFUSED


def line_of(command: str, words: list[str]) -> str:
    """What a shell has taken apart, as it is typed in a chat: a word with spaces in it stands in quotes."""
    return " ".join([f"/{command}", *map(_quoted, words)])


async def _talk(settings: Settings, options: argparse.Namespace, stand: Stand | None) -> int:
    async with a_page(settings, stand) as page:
        if not hasattr(options, "command"):
            reply = await page.press(f"v1:{options.button}")
        else:
            ticket = await page.upload(_read(options.picture)) if options.picture else None
            reply = await page.say(line_of(options.command, options.words), ticket, options.job)
        reply = await _answered(page, reply, options)
        if reply["kind"] == "card":
            reply["card"] = await _ended(page, reply["card"], quiet=options.json)
        files = await written(page, reply, Path(options.out))
        for link in reply.get("links", ()):
            link["href"] = page.address + link["href"] if link["href"].startswith("/") else link["href"]
    _print(reply, files, options)
    return _FAILED if _has_failed(reply) else 0


@asynccontextmanager
async def a_page(settings: Settings, stand: Stand | None = None) -> AsyncIterator[PageClient]:
    """That of the program that holds the data folder, else one of our own on a free port of this machine."""
    alone = {"web": True, "web_host": "127.0.0.1", "web_port": 0, "discord_token": None, "telegram_token": None}
    async with AsyncExitStack() as stack:
        try:
            app = await stack.enter_async_context(open_app(settings.model_copy(update=alone), stand))
            address = app.web_address
        except StartError as error:
            if error.reason != "second":
                raise
            address = await _address_in(settings.data)
        assert address is not None, "its page is on"
        token = settings.web_token.get_secret_value() if settings.web_token else None
        keys = Keys(secret=signing_key(settings.data), token=token)
        yield await stack.enter_async_context(open_client(address, keys, HERE, _language()))


async def _address_in(folder: Path) -> str:
    """Of a program that may be starting at this moment. Raises StartError("second-page")."""
    for _ in range(_PATIENCE):
        if address := told_address(folder):
            return address
        await asyncio.sleep(_PAUSE)
    raise StartError("second-page")


async def _answered(page: PageClient, reply: Plain, options: argparse.Namespace) -> Plain:
    """A question is asked here, or answered by --yes; without a terminal to ask on it stays a question."""
    sure = next((button for button in reply.get("buttons", ()) if button["action"] in _SURE), None)
    if sure is None:
        return reply
    if not options.yes:
        if options.json or not sys.stdin.isatty():
            return reply
        if not _agreed(reply["text"], sure["label"]):
            return {"kind": "text", "text": "Nothing was done."}
    return await page.press(sure["id"])


async def _ended(page: PageClient, card: Plain, *, quiet: bool) -> Plain:
    """Whoever gives up waiting cancels it."""
    hidden = quiet or not sys.stderr.isatty()
    total = sum(job["steps"] for job in card["jobs"])
    try:
        with tqdm(total=total, unit="step", disable=hidden, leave=False, dynamic_ncols=True) as bar:
            async for state in page.cards(card["id"]):
                card = state
                bar.update(sum(job["step"] for job in card["jobs"]) - bar.n)
    except asyncio.CancelledError:
        await asyncio.shield(page.press(f"v1:cancel:{card['id']}"))
        raise
    return card


def _agreed(question: str, yes: str) -> bool:
    """Nothing else happens while somebody thinks about it."""
    return input(f"{question}\n{yes}? [y/N] ").strip().lower() in _YES


def _print(reply: Plain, files: list[Written], options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps({**reply, "files": [str(file.path) for file in files]}, ensure_ascii=False))
        return
    for line in lines_of(reply, files):
        print(line, file=sys.stderr if _has_failed(reply) else sys.stdout)


def _has_failed(reply: Plain) -> bool:
    return bool(reply["kind"] == "card" and reply["card"]["status"] != "done")


def _quoted(word: str) -> str:
    if not any(sign.isspace() for sign in word):
        return word
    name, equals, value = word.partition("=")
    if equals and name.lstrip("-").replace("-", "").isalpha():
        return f'{name}="{_without_quotes(value)}"'
    return f'"{_without_quotes(word)}"'


def _without_quotes(text: str) -> str:
    return text.replace('"', "'")


def _language() -> str:
    """As programs for terminals are told it."""
    return base_of(next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""))


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except FileNotFoundError as error:
        raise InputError("no-file", name=Path(name).name[:80]) from error
    except (OSError, ValueError) as error:
        raise InputError("unreadable", name=Path(name).name[:80]) from error

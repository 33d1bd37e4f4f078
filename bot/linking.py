"""/link: the same person on Discord, Telegram and the page."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.asking import bound, unbound
from bot.cards import Action, Asked, Button
from bot.commands import LINK_ACTIONS
from bot.replies import say
from core.domain.command import Command
from core.service.linking import Linked, plain_code
from core.service.service import Asker, Service

_WORDS = {*LINK_ACTIONS, "unlink", "code"}


async def link(service: Service, asker: Asker, command: Command, language: str) -> Asked:
    """Show a code, or ask about one that was typed, or part. Raises RestyleError."""
    words = (command.target or "").split()
    action = command.changes.get("action") or (words.pop(0).lower() if words and words[0].lower() in _WORDS else "")
    code = command.changes.get("code") or " ".join(words)
    if action in {"remove", "unlink"}:
        return await _part(service, asker, command.changes.get("which") or code, language)
    if code:
        return await _ask(service, asker, code, language)
    return await _show(service, asker, language)


async def join(service: Service, asker: Asker, target: str, language: str) -> str:
    """The button under the question. It works for whom it was asked. Raises RestyleError."""
    other = await service.links.join(asker, unbound(target, asker.person))
    return say("link.joined", language, who=_name(other, language))


async def _show(service: Service, asker: Asker, language: str) -> Asked:
    shown = await service.links.show(asker)
    code, minutes = shown.code.upper(), round(shown.seconds / 60)
    lines = [say("link.code", language, code=code, minutes=minutes)]
    for number, one in enumerate(shown.linked, 1):
        here = "link.here" if one.identity == asker.person else "link.there"
        since = f"{datetime.fromtimestamp(one.at, UTC):%Y-%m-%d}"
        lines.append(say(here, language, number=number, who=_name(one, language), since=since))
    lines.append(say("link.remove" if shown.linked else "link.none", language))
    return Asked(text="\n".join(lines))


async def _ask(service: Service, asker: Asker, code: str, language: str) -> Asked:
    """Linking gives away all that is one's own, so nobody may be talked into it by a mere line to type."""
    other = await service.links.look_up(asker, code)
    target = bound(plain_code(code), asker.person)
    button = Button(action=Action.JOIN, label=say("button.join", language), target=target)
    return Asked(text=say("link.ask", language, who=_name(other, language)), buttons=(button,))


async def _part(service: Service, asker: Asker, which: str, language: str) -> Asked:
    number = int(which) if which.isdecimal() and len(which) < 4 else None
    parted = await service.links.part(asker, number)
    return Asked(text=say("link.parted", language, who=_name(parted, language)))


def _name(one: Linked, language: str) -> str:
    """ "Discord (ana)", "the page"."""
    where = say(f"link.on.{one.identity.partition(':')[0]}", language)
    return f"{where} ({one.name})" if one.name else where

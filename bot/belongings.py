"""/mydata: everything held about a person, to take along or to be gone."""

from __future__ import annotations

from bot.asking import bound, unbound
from bot.cards import Action, Asked, Button
from bot.commands import MYDATA_ACTIONS
from bot.replies import say
from core.domain.command import Command
from core.domain.nearest import nearest
from core.errors import RefusedError, UnknownNameError
from core.service.service import Asker, Service

_SECONDS = 600  # a question that was asked longer ago is not answered by accident


def wanted(command: Command) -> str:
    """What to do; empty where nothing was said. Raises UnknownNameError."""
    action = (command.changes.get("action") or command.target or "").lower()
    if not action or action in MYDATA_ACTIONS:
        return action
    if near := nearest(action, MYDATA_ACTIONS):
        raise UnknownNameError("near", what="action", given=action[:40], nearest=near)
    raise UnknownNameError("alone", what="action", given=action[:40], known=", ".join(MYDATA_ACTIONS))


def ask(service: Service, asker: Asker, language: str) -> Asked:
    """Once, with a button that works for ten minutes and for this person."""
    others = len(service.links.identities(asker.person)) - 1
    text = say("mydata.ask", language)
    if others:
        text += " " + say("mydata.ask-linked", language, count=others)
    target = bound(f"{int(service.belongings.now()) + _SECONDS:010x}", asker.person)
    return Asked(text=text, buttons=(Button(action=Action.ERASE, label=say("button.erase", language), target=target),))


async def erase(service: Service, asker: Asker, target: str, language: str) -> str:
    """The button under the question. Raises RefusedError, NotAllowedError."""
    if int(unbound(target, asker.person) or "0", 16) < service.belongings.now():
        raise RefusedError("old-question")
    await service.belongings.erase(asker)
    return say("mydata.erased", language)

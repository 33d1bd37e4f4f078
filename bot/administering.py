"""/admin: what operators and moderators say to the house, on every platform."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bot.commands import ACTIONS, COMMANDS, CommandSpec
from bot.languages.choice import NAMES
from bot.parsing import NOTHING, read_value
from bot.replies import say, wait
from core.domain.command import Command
from core.domain.names import CommunityId, PersonId
from core.domain.nearest import nearest
from core.domain.places import ALL_KINDS, EVERYWHERE, PlaceSettings
from core.errors import InputError, OptionError, UnknownNameError
from core.service.service import Asker, Service

_SETTABLE = ("channels", "roles", "models", "waiting", "language", "style")
_MOST_CHARACTERS = 3500  # of one answer: chats take 4,000 at most, and the trail may be long


@dataclass(frozen=True, kw_only=True, slots=True)
class _Order:
    """One /admin, read: the words behind the action are `rest`."""

    service: Service
    asker: Asker
    place: CommunityId
    options: dict[str, str]
    rest: str
    language: str

    def say(self, key: str, **values: str | int) -> str:
        return say(f"admin.{key}", self.language, **values)

    def option(self, name: str) -> str:
        """An option that the action needs. Raises OptionError."""
        if text := self.options.get(name):
            return text
        example = next(option.example for option in COMMANDS["admin"].options if option.name == name)
        raise OptionError("missing-value", option=name, example=example)


async def administer(service: Service, asker: Asker, command: Command, language: str) -> str:
    """The answer to an /admin. Raises NotAllowedError, InputError."""
    first, _, rest = (command.target or "").partition(" ")
    action = command.changes.get("action") or first or "show"
    if "action" in command.changes:
        rest = command.target or ""
    if action not in _ACTIONS:
        if near := nearest(action, ACTIONS):
            raise UnknownNameError("near", what="action", given=action[:40], nearest=near)
        raise UnknownNameError("alone", what="action", given=action[:40], known=", ".join(ACTIONS))
    named = command.changes.get("place")
    place = service.administration.place_of(asker, _place(named) if named else None)
    order = _Order(
        service=service, asker=asker, place=place, options=command.changes, rest=rest.strip(), language=language
    )
    return (await _ACTIONS[action](order))[:_MOST_CHARACTERS]


def _place(text: str) -> CommunityId:
    return EVERYWHERE if text.lower() == "everywhere" else CommunityId(text)


async def _show(order: _Order) -> str:
    return _settings_text(order, await order.service.administration.settings(order.asker, order.place))


async def _set(order: _Order) -> str:
    given = {name: text for name, text in order.options.items() if name in _SETTABLE}
    if not given:
        raise InputError("nothing-to-set", known=", ".join(_SETTABLE))
    values = {name: _value(order, name, text) for name, text in given.items()}
    detail = ", ".join(f"{name}={text}" for name, text in given.items())
    stored = await order.service.administration.change(
        order.asker, order.place, "set", detail, lambda now: replace(now, **values)
    )
    return order.say("saved", settings=_settings_text(order, stored))


async def _pause(order: _Order) -> str:
    kind = _kind(order)
    await order.service.administration.pause(order.asker, order.place, kind)
    return order.say("paused", kind=kind)


async def _resume(order: _Order) -> str:
    kind = _kind(order)
    await order.service.administration.resume(order.asker, order.place, kind)
    return order.say("resumed", kind=kind)


async def _drain(order: _Order) -> str:
    load = await order.service.administration.drain(order.asker)
    left = wait(load.cost, order.language)
    return order.say("drained", running=load.running, waiting=load.waiting, wait=left)


async def _ban(order: _Order) -> str:
    person, reason = _person(order)
    reason = order.options.get("reason") or reason
    if not reason:
        order.option("reason")
    await order.service.administration.ban(order.asker, order.place, person, reason[:200])
    return order.say("banned", person=person, reason=reason[:200])


async def _unban(order: _Order) -> str:
    person, _ = _person(order)
    await order.service.administration.unban(order.asker, order.place, person)
    return order.say("unbanned", person=person)


async def _queue(order: _Order) -> str:
    load = await order.service.administration.load(order.asker)
    values = {"running": load.running, "waiting": load.waiting, "people": load.people}
    return say("queue.load", order.language, **values, wait=wait(load.cost, order.language))


async def _audit(order: _Order) -> str:
    deeds = await order.service.administration.trail(order.asker, order.place)
    lines = [
        f"{datetime.fromtimestamp(deed.at, UTC):%Y-%m-%d %H:%M} · {deed.actor_name or deed.actor} · "
        f"{deed.place} · {deed.action} {deed.detail}".rstrip()
        for deed in deeds
    ]
    return "\n".join(lines) or order.say("no-deeds")


_ACTIONS: dict[str, Callable[[_Order], Awaitable[str]]] = {
    "show": _show,
    "set": _set,
    "pause": _pause,
    "resume": _resume,
    "drain": _drain,
    "ban": _ban,
    "unban": _unban,
    "queue": _queue,
    "audit": _audit,
}


def _kind(order: _Order) -> str:
    """A command that makes pictures, or all of them."""
    kind = (order.options.get("kind") or order.rest or ALL_KINDS).lstrip("/").lower()
    if kind not in kinds():
        raise UnknownNameError("alone", what="command", given=kind[:40], known=", ".join(kinds()))
    return kind


def kinds() -> list[str]:
    """What can be paused: every command that makes pictures, or all of them."""
    return [ALL_KINDS, *(name for name, spec in COMMANDS.items() if any(map(_makes_pictures, (spec, *spec.actions))))]


def _makes_pictures(spec: CommandSpec) -> bool:
    return spec.takes_picture or spec.takes_prompt


def _person(order: _Order) -> tuple[PersonId, str]:
    """Who is meant, and the words behind that: the option `person`, or the first of the words."""
    if named := order.options.get("person"):
        return PersonId(named), order.rest
    first, _, rest = order.rest.partition(" ")
    return PersonId(first or order.option("person")), rest.strip()


def _value(order: _Order, name: str, text: str) -> Any:  # one setting's value: its name decides the type
    if text.lower() == NOTHING:
        return getattr(PlaceSettings(), name)
    if name in {"channels", "roles"}:
        return tuple(filter(None, map(str.strip, text.split(","))))
    if name == "models":
        return _models(order, text)
    if name == "style":
        return order.service.rules.catalogue.style(text).name
    option = COMMANDS["admin"].option(name)
    assert option is not None, "the parser lets only known options through"
    return read_value(option, text)


def _models(order: _Order, text: str) -> dict[str, tuple[str, ...]]:
    """ "flux: 123 456, bundled: 789" gives flux to the roles 123 and 456, bundled to 789."""
    allowed: dict[str, tuple[str, ...]] = {}
    for part in filter(None, map(str.strip, text.split(","))):
        model, _, roles = part.partition(":")
        known = order.service.rules.models
        if model.strip() not in known:
            raise UnknownNameError("alone", what="model", given=model.strip()[:40], known=", ".join(known))
        allowed[model.strip()] = tuple(roles.split())
    return allowed


def _settings_text(order: _Order, rules: PlaceSettings) -> str:
    nothing = order.say("any")
    models = ", ".join(f"{model}: {' '.join(roles)}" for model, roles in rules.models.items())
    limits = order.service.limits
    return order.say(
        "settings",
        place=order.say("everywhere") if order.place == EVERYWHERE else order.place,
        channels=", ".join(rules.channels) or nothing,
        roles=", ".join(rules.roles) or nothing,
        models=models or nothing,
        waiting=limits.waiting if rules.waiting is None else rules.waiting,
        language=NAMES.get(rules.language or "", nothing),
        style=rules.style or nothing,
        paused=", ".join(rules.paused) or order.say("nothing"),
        banned=", ".join(f"{person} ({reason})" for person, reason in rules.banned.items()) or order.say("nobody"),
    )

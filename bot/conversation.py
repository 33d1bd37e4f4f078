"""What commands and buttons do, for every platform: a command or a press goes in, a reply comes out.

Adapters turn their events into a Command or a button's id, and draw the reply their own way.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from bot.administering import administer
from bot.answers import Archived, Carded, Drafted, Handed, Helped, Informed, Listed, Removed, Reply, Said
from bot.belongings import ask, erase, wanted
from bot.card_info import copy_line, info_lines
from bot.cards import Action, Asked, parse_button
from bot.characters import OF_CHARACTERS, Ask, act, pressed, vary
from bot.commands import CATALOGUE, COMMANDS
from bot.languages.choice import NAMES, language_of
from bot.linking import join, link
from bot.parsing import NOTHING, read_value
from bot.replies import say, wait
from bot.sessions import OF_SESSIONS, idea, is_idea, session
from bot.sessions import press as press_in_session
from bot.strengths import chosen, strengths
from core.domain.command import Command, Preferences, StoredPicture
from core.domain.job import Job, Status
from core.domain.names import BlobId, CardId, JobId
from core.errors import NotFoundError
from core.service.service import Asker, Service

HISTORY_LENGTH = 12

__all__ = [
    "Archived",
    "Asked",
    "Carded",
    "Drafted",
    "Handed",
    "Helped",
    "Informed",
    "Listed",
    "Removed",
    "Reply",
    "Said",
    "draft",
    "handle",
    "inform",
    "original_of",
    "press",
    "typed_line",
]


async def handle(
    service: Service,
    asker: Asker,
    command: Command,
    picture: StoredPicture | None = None,
    edits: JobId | None = None,
    mask: BlobId | None = None,
) -> Reply:
    """Do what a command asks. `edits` names the job whose original it works on instead of `picture`; /character
    takes that job's result.

    Raises RestyleError with the sentence for the person.
    """
    if command.name == "character":
        language = await language_of(service, asker)
        return await act(
            Ask(service=service, asker=asker, command=command, language=language, picture=picture, job=edits)
        )
    if not COMMANDS[command.name].takes_picture:
        return await _COMMANDS[command.name](service, asker, command, await language_of(service, asker))
    if picture is None and edits is None and await is_idea(service, asker, command):
        return await idea(service, asker, command, await language_of(service, asker))
    if picture is None and edits is not None:
        return Carded(state=await service.edit(asker, edits, command, mask))
    return Carded(state=await service.submit(asker, command, picture, mask))


async def press(
    service: Service, asker: Asker, custom_id: str, *, shown: bool = False, moderates: bool = False
) -> Reply:
    """Do what a button says. Raises NotFoundError for a button nobody knows (any more).

    `shown`: the platform vouches that the asker sees the card. They may then vary it, and look at what it shows.
    `moderates`: they may end and delete anybody's.
    """
    button = parse_button(custom_id)
    if button is None:
        raise NotFoundError("job")
    action, target = button
    language = await language_of(service, asker)
    if action in {Action.CANCEL, Action.DELETE} and moderates:
        asker = replace(asker, person=await service.owner(CardId(target)))
    if action in OF_CHARACTERS:
        return await pressed(service, asker, action, target, language)
    if action in OF_SESSIONS:
        return await press_in_session(service, asker, action, target, language)
    if action is Action.ERASE:
        return Said(text=await erase(service, asker, target, language))
    if action is Action.JOIN:
        return Said(text=await join(service, asker, target, language))
    if action is Action.CANCEL:
        return await _cancel_card(service, asker, CardId(target), language)
    if action is Action.DELETE:
        await service.delete(asker.person, CardId(target))
        await service.sessions.forget(CardId(target))
        return Removed(card=CardId(target), text=say("deleted", language))
    if action is Action.STRENGTH:
        return strengths(await service.job(asker.person, JobId(target), shown=shown), language)
    if action is Action.AT:
        job, strength = chosen(target)
        return Carded(state=await service.again(asker, job, strength, shown=shown))
    if action in _LOOKS:
        shown = shown and action in _OF_THE_RESULT
        return _LOOKS[action](await service.job(asker.person, JobId(target), shown=shown), language)
    return Carded(state=await service.again(asker, JobId(target), action.value, shown=shown))


def inform(job: Job, language: str = "en") -> Informed:
    return Informed(job=job, lines=tuple(info_lines(job, language)), line=copy_line(job))


def draft(job: Job) -> Drafted:
    return Drafted(job=job, line=typed_line(job))


def original_of(job: Job) -> StoredPicture:
    """The picture a job began with."""
    return StoredPicture(blob=job.request.picture, width=job.original_width, height=job.original_height)


def typed_line(job: Job) -> str:
    """The line a person typed for this job, as it would be typed again."""
    return f"/{job.command} {job.words}".rstrip()


_OF_THE_RESULT = {Action.INFO, Action.FULL}  # the original belongs to its owner alone
_LOOKS: dict[Action, Callable[[Job, str], Reply]] = {
    Action.INFO: inform,
    Action.EDIT: lambda job, _: draft(job),
    Action.ORIGINAL: lambda job, _: Handed(job=job, action=Action.ORIGINAL),
    Action.FULL: lambda job, _: Handed(job=job, action=Action.FULL),
}


async def _cancel_card(service: Service, asker: Asker, card: CardId, language: str) -> Reply:
    state = await service.card(asker.person, card)
    unfinished = [job.job for job in state.jobs if not job.job.is_finished]
    if not unfinished:
        return Said(text=say("cancelled.final", language))
    for job in unfinished:
        await service.cancel(asker.person, job.id)
    return Carded(state=await service.card(asker.person, card))


async def _cancel(service: Service, asker: Asker, command: Command, language: str) -> Reply:
    """One job or card by its id, or all that has not ended."""
    if command.target and command.target != "all":
        job = await _find(service, asker, command.target)
        return await _cancel_card(service, asker, job.card, language)
    ended = await service.cancel_all(asker.person)
    if not ended:
        return Said(text=say("cancelled.none", language))
    waiting = sum(one.was is Status.QUEUED for one in ended)
    return Said(text=say("cancelled.many", language, count=len(ended), waiting=waiting, running=len(ended) - waiting))


async def _queue(service: Service, asker: Asker, command: Command, language: str) -> Reply:
    view = await service.queue_view(asker.person)
    load = view.load
    if not load.waiting and not load.running:
        return Listed(text=say("queue.empty", language), cards=())
    text = say(
        "queue.load",
        language,
        running=load.running,
        waiting=load.waiting,
        people=load.people,
        wait=wait(load.cost, language),
    )
    return Listed(text=text, cards=view.mine)


async def _history(service: Service, asker: Asker, command: Command, language: str) -> Reply:
    cards = await service.history(asker.person, HISTORY_LENGTH)
    return Listed(text=say("history" if cards else "history.empty", language), cards=tuple(cards))


async def _info(service: Service, asker: Asker, command: Command, language: str) -> Reply:
    """Of the job or card named, or of the newest one that has a picture."""
    if command.target:
        return inform(await _find(service, asker, command.target), language)
    for state in await service.history(asker.person, HISTORY_LENGTH):
        if done := [job.job for job in state.jobs if job.job.outcome]:
            return inform(done[0], language)
    raise NotFoundError("job")


async def _settings(service: Service, asker: Asker, command: Command, language: str) -> Reply:
    preferences = await service.preferences(asker.person)
    if not command.changes:
        return Said(text=_preferences_text(preferences, language))
    changed = replace(preferences, **{name: _preferred(name, text) for name, text in command.changes.items()})
    stored = await service.prefer(asker.person, changed)
    language = await language_of(service, asker)  # it may be what was changed
    return Said(text=say("settings.saved", language, settings=_preferences_text(stored, language)))


async def _admin(service: Service, asker: Asker, command: Command, language: str) -> Reply:
    return Said(text=await administer(service, asker, command, language))


async def _help(service: Service, asker: Asker, command: Command, language: str) -> Reply:
    return Helped(commands=CATALOGUE, language=language)


async def _mydata(service: Service, asker: Asker, command: Command, language: str) -> Reply:
    action = wanted(command)
    if action == "export":
        return Archived(asker=asker)
    return ask(service, asker, language) if action == "erase" else Said(text=say("mydata", language))


_COMMANDS: dict[str, Callable[[Service, Asker, Command, str], Awaitable[Reply]]] = {
    "cancel": _cancel,
    "queue": _queue,
    "history": _history,
    "info": _info,
    "settings": _settings,
    "admin": _admin,
    "link": link,
    "vary": vary,
    "session": session,
    "idea": idea,
    "mydata": _mydata,
    "help": _help,
}


async def _find(service: Service, asker: Asker, target: str) -> Job:
    """A job by its own id or its card's."""
    try:
        return await service.job(asker.person, JobId(target))
    except NotFoundError:
        return (await service.card(asker.person, CardId(target))).first


def _preferred(name: str, text: str) -> Any:  # one preference's value: its name decides the type
    if text.lower() == NOTHING:
        return getattr(Preferences(), name)
    option = COMMANDS["settings"].option(name)
    assert option is not None, "the parser lets only known options through"
    value = read_value(option, text)
    return value[0] if name == "strength" else value


def _preferences_text(preferences: Preferences, language: str) -> str:
    strength, style = preferences.strength, preferences.style
    return say(
        "settings",
        language,
        strength=f"{strength.normalize():f}" if strength is not None else say("style's own", language),
        style=style or say("none", language),
        previews=say("on" if preferences.previews else "off", language),
        format=preferences.format,
        language=NAMES.get(preferences.language or "", say("language.own", language)),
    )

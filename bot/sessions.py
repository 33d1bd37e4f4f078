"""/session and /idea, and the buttons of sessions: people sit around one character, send ideas, and vote."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from bot.answers import Carded, Said
from bot.cards import Action, Asked, Button
from bot.commands import COMMANDS, SESSION_ACTIONS
from bot.options import KEEP
from bot.parsing import NOTHING, read_value
from bot.replies import say, wait
from core.domain.character import Character
from core.domain.command import Command
from core.domain.likeness import Keep
from core.domain.names import CardId
from core.domain.session import DEFAULT_BUDGET, Ranked, Room, SessionId, SessionState, Vote
from core.domain.until import parse_until
from core.errors import SessionError
from core.service.service import Asker, Service
from core.service.session_plans import Plan, subject_of
from core.service.session_views import SessionView

Opening = Callable[[Plan], Awaitable[Room]]
BOARD = 5  # places of a leader board
_SHORT = 60  # characters of an idea in a line
_NAME = 32  # characters
OF_SESSIONS = {Action.ENTER, Action.VOTE, Action.UNVOTE, Action.CROWN}
_NUMBERED = {"remove", "dismiss"}


async def session(
    service: Service, asker: Asker, command: Command, language: str, opening: Opening | None = None
) -> Asked:
    """Start, join, show and lead. `opening`: how a platform makes a room for a start. Raises RestyleError."""
    said, (action, rest) = command.changes, meant(command)
    asker = replace(asker, name=asker.name or " ".join(said.get("call-me", "").split())[:_NAME])
    if action == "start":
        return await _start(service, asker, said.get("character") or rest, said, language, opening)
    given = said.get("session") or ("" if action in _NUMBERED else rest)
    held = (await service.sessions.find(asker, given)).id
    if action == "open":
        return await _open(service, asker, held, language, opening)
    number = said.get("number") or (rest if action in _NUMBERED else "")
    return await _led(service, asker, action, held, number, language)


def meant(command: Command) -> tuple[str, str]:
    """What /session is asked to do, and its other words."""
    words = (command.target or "").split()
    if action := command.changes.get("action"):
        return action, " ".join(words)
    if words and words[0].lower() in SESSION_ACTIONS:
        return words[0].lower(), " ".join(words[1:])
    return "show", " ".join(words)


async def _led(service: Service, asker: Asker, action: str, held: SessionId, number: str, language: str) -> Asked:
    sessions = service.sessions
    match action:
        case "join":
            view = await sessions.join(asker, held)
            return shown(service, view, language, say("room.joined", language, name=view.session.subject.name))
        case "end":
            return shown(service, await sessions.end(asker, held), language)
        case "pause" | "resume":
            return shown(service, await sessions.pause(asker, held, paused=action == "pause"), language)
        case "remove":
            entry = await sessions.remove(asker, held, _number(number))
            return Asked(text=say("room.removed", language, number=entry.number))
        case "dismiss":
            await sessions.send_away(asker, held, _number(number))
            return Asked(text=say("room.sent-away", language, number=number))
        case "gallery" | "close":
            view = await sessions.new_gallery(asker, held, closed=action == "close")
            return shown(service, view, language, say(f"room.{action}", language))
    return shown(service, await sessions.view(held), language)


async def _open(service: Service, asker: Asker, held: SessionId, language: str, opening: Opening | None) -> Asked:
    """One more room for a session that goes on elsewhere; on the page everybody who has its code is in the same one."""
    view = await service.sessions.openable(asker, held)
    if opening:
        room = await opening(Plan(subject=view.session.subject, theme=view.session.theme))
        await service.sessions.open_room(asker, held, room)
        view = await service.sessions.view(held)
    return shown(service, view, language)


async def _start(
    service: Service, asker: Asker, name: str, said: dict[str, str], language: str, opening: Opening | None
) -> Asked:
    now = service.sessions.now()
    character = await service.characters.keeping.held(await _character(service, asker, name), _keep(said))
    plan = Plan(
        subject=subject_of(character),
        theme=said.get("theme", ""),
        rules=said.get("rules", ""),
        ends_at=parse_until(said["until"], now) if said.get("until") else None,
        budget=int(said.get("budget") or DEFAULT_BUDGET),
        shows_board=said.get("board", "on").lower() not in {"off", "no", "false", "0"},
    )
    plan.check()
    room = await opening(plan) if opening else None
    return shown(service, await service.sessions.start(asker, plan, room), language)


def _keep(said: dict[str, str]) -> Keep | None:
    text = said.get(KEEP.name, "").lower()
    return Keep.OFF if text == NOTHING else read_value(KEEP, text) if text else None


async def _character(service: Service, asker: Asker, name: str) -> Character:
    if name:
        return await service.characters.find(asker.person, name)
    if default := await service.characters.default(asker.person):
        return default
    raise SessionError("no-character")


async def is_idea(service: Service, asker: Asker, command: Command) -> bool:
    """Whether a command without a picture is meant for the session that is held where it was said."""
    if command.name != "restyle" or not command.prompt:
        return False
    held = await service.sessions.store.held_in(asker.place)
    return held is not None and not held.is_over(service.sessions.now())


async def idea(service: Service, asker: Asker, command: Command, language: str) -> Carded:
    """A numbered variation in the session that is held here, or that they joined last."""
    held = await service.sessions.find(asker)
    _, state = await service.sessions.idea(asker, held.id, command.prompt)
    return Carded(state=state)


async def press(service: Service, asker: Asker, action: Action, target: str, language: str) -> Said | Asked:
    """A button of a header or of a variation. Raises RestyleError."""
    sessions = service.sessions
    if action is Action.ENTER:
        view = await sessions.join(asker, SessionId(target))
        return Said(text=say("room.joined", language, name=view.session.subject.name))
    if action is Action.CROWN:
        character, won = await sessions.crowned(asker, CardId(target))
        await service.characters.take_base(asker.person, character, await sessions.records.stored(won))
        return Said(text=say("room.crowned", language, number=won.number))
    vote = sessions.vote if action is Action.VOTE else sessions.take_back
    answer, entry = await vote(asker, CardId(target))
    text = say(f"room.vote.{answer.value}", language, number=entry.number)
    if answer not in {Vote.COUNTED, Vote.ALREADY}:
        return Said(text=text)
    back = Button(action=Action.UNVOTE, label=say("button.unvote", language), target=target)
    return Asked(text=text, buttons=(back,))


def shown(
    service: Service, view: SessionView, language: str, first: str = "", left: str = "", how: str = "room.how"
) -> Asked:
    """The header: what it is about, how far it is, who leads or has won, and how to take part.

    `left` is how a platform itself counts the time down, `how` the sentence for where ideas are sent another way.
    """
    held, lines = view.session, [first] if first else []
    lines += header_lines(view, service.sessions.now(), language, left)
    buttons: list[Button] = []
    if not held.is_ended:
        lines.append(say(how, language, code=held.id))
        buttons.append(Button(action=Action.ENTER, label=say("button.enter", language), target=held.id))
    elif held.subject.character:
        buttons += [
            Button(action=Action.CROWN, label=say("button.crown", language, number=one.number), target=one.id)
            for one in view.winners[:3]
        ]
    return Asked(text="\n".join(lines), buttons=tuple(buttons), link=service.sessions.address(view), code=held.id)


def header_lines(view: SessionView, now: float, language: str, left: str = "") -> list[str]:
    held, over = view.session, view.session.is_over(now)
    time = left if left and held.state is SessionState.OPEN and not over else time_left(view, now, language)
    title = f"{held.subject.name}: {held.theme}" if held.theme else held.subject.name
    lines = [title, f"{counts(view, language)} · {time}"]
    lines += [say("room.rules", language, rules=held.rules)] if held.rules and not held.is_ended else []
    return lines + (winner_lines(view, language) if held.is_ended else board_lines(view, language))


def counts(view: SessionView, language: str) -> str:
    said = say("room.counts", language, count=len(view.entries), votes=view.votes, people=view.members)
    return f"{said} · {say('room.making', language, count=view.making)}" if view.making else said


def time_left(view: SessionView, now: float, language: str) -> str:
    held = view.session
    if held.is_over(now):
        return say("room.over", language)
    left = say("room.left", language, wait=wait(held.ends_at - now, language))
    return f"{say('room.paused', language)} · {left}" if held.state is SessionState.PAUSED else left


def board_lines(view: SessionView, language: str) -> list[str]:
    """The best so far, if the host shows them; equal votes share a place."""
    if not view.session.shows_board:
        return []
    best = [one for one in view.ranked[:BOARD] if one.entry.votes]
    return [
        say(
            "room.place",
            language,
            place=one.place,
            number=one.entry.number,
            idea=short(one.entry.words),
            who=one.entry.author_name or say("room.somebody", language),
            votes=one.entry.votes,
        )
        for one in best
    ]


def sheet_label(one: Ranked, language: str) -> str:
    """ "1. #3 a red coat (Ana), votes: 4"; under a picture of a sheet."""
    entry = one.entry
    return say(
        "room.place",
        language,
        place=one.place,
        number=entry.number,
        idea=short(entry.words, 24),
        who=entry.author_name or say("room.somebody", language),
        votes=entry.votes,
    )


def winner_lines(view: SessionView, language: str) -> list[str]:
    """Who won; of a tie all of them."""
    if not view.winners:
        return [say("room.no-votes", language)]
    votes = view.winners[0].votes
    named = [
        say(
            "room.winner",
            language,
            number=one.number,
            idea=short(one.words),
            who=one.author_name or say("room.somebody", language),
        )
        for one in view.winners
    ]
    head = "room.won" if len(named) == 1 else "room.tie"
    return [say(head, language, votes=votes), *named]


def _number(text: str) -> int:
    option = COMMANDS["session"].option("number")
    assert option is not None, "it is in the catalogue"
    return int(read_value(option, text))


def short(words: str, most: int = _SHORT) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"

"""The command catalogue: names, options, ranges and help, declared once for every platform and the command line."""

from __future__ import annotations

from bot.character_commands import CHARACTERS
from bot.options import (
    CHARACTER,
    COUNT,
    FORMAT,
    GENERATION,
    GUIDANCE,
    KEEP,
    LANGUAGE,
    MODEL,
    PRESET,
    PREVIEWS,
    PRIVATE,
    REFERENCE_SCALE,
    SCHEDULER,
    SIZE,
    SPOILER,
    STRENGTH,
    STYLE,
    CommandSpec,
    Kind,
    Option,
)

__all__ = ["CATALOGUE", "COMMANDS", "CommandSpec", "Kind", "Option"]

ACTIONS = ("show", "set", "pause", "resume", "drain", "ban", "unban", "queue", "audit")
ADMINISTRATION = (
    Option(name="action", kind=Kind.WORD, summary="what to do", example="show", choices=ACTIONS),
    Option(name="channels", kind=Kind.TEXT, summary="where I may be used: ids of channels", example="123,456"),
    Option(name="roles", kind=Kind.TEXT, summary="who may use me: ids of roles", example="123,456"),
    Option(name="models", kind=Kind.TEXT, summary="which roles may use a model", example='"bundled: 123 456"'),
    Option(
        name="waiting", kind=Kind.INTEGER, summary="how much one person may have in line", example="5", low=0, high=1000
    ),
    LANGUAGE,
    STYLE,
    Option(name="kind", kind=Kind.WORD, summary="which command to pause or resume, or all", example="sweep"),
    Option(name="person", kind=Kind.WORD, summary="whom to ban or unban", example="discord:123"),
    Option(name="reason", kind=Kind.TEXT, summary="what a banned person is told", example='"no spam"'),
    Option(name="place", kind=Kind.TEXT, summary="for operators: another place, or everywhere", example="everywhere"),
)

LINK_ACTIONS = ("show", "remove")
LINKING = (
    Option(name="code", kind=Kind.TEXT, summary="the code that the other platform shows", example="K7QX-3MTV"),
    Option(name="action", kind=Kind.WORD, summary="what to do", example="remove", choices=LINK_ACTIONS),
    Option(
        name="which", kind=Kind.INTEGER, summary="the number in the list that /link shows", example="2", low=1, high=10
    ),
)

SESSION_ACTIONS = (
    "start",
    "join",
    "open",
    "show",
    "end",
    "pause",
    "resume",
    "remove",
    "dismiss",
    "gallery",
    "close",
)
SESSIONS = (
    Option(name="action", kind=Kind.WORD, summary="what to do", example="start", choices=SESSION_ACTIONS),
    CHARACTER,
    KEEP,
    Option(name="theme", kind=Kind.TEXT, summary="what a session's ideas should be about", example='"winter"'),
    Option(
        name="until",
        kind=Kind.TEXT,
        summary="how long it goes on, or until when: 2h, 20:00 (UTC)",
        example='"2h 30min"',
    ),
    Option(name="rules", kind=Kind.TEXT, summary="what a session's people should know", example='"be kind"'),
    Option(
        name="budget",
        kind=Kind.INTEGER,
        summary="how many ideas each person may send to a session",
        example="5",
        low=1,
        high=50,
    ),
    Option(
        name="board",
        kind=Kind.SWITCH,
        summary="show who leads while a session goes on",
        example="off",
        choices=("on", "off"),
    ),
    Option(name="session", kind=Kind.TEXT, summary="the code of a session, as its header shows it", example="k7qx3mtv"),
    Option(
        name="number",
        kind=Kind.INTEGER,
        summary="which variation to remove, or whose author to dismiss",
        example="3",
        low=1,
        high=100_000,
    ),
    Option(name="call-me", kind=Kind.TEXT, summary="your name in the session, on the page", example="Ana"),
)
MYDATA_ACTIONS = ("export", "erase")
MYDATA_ACTION = Option(name="action", kind=Kind.WORD, summary="what to do", example="export", choices=MYDATA_ACTIONS)

CATALOGUE: tuple[CommandSpec, ...] = (
    CommandSpec(
        name="restyle",
        summary="Change a picture as much as you ask",
        example="/restyle watercolour 0.6",
        options=(*GENERATION, COUNT, PRIVATE, SPOILER),
        takes_picture=True,
        takes_prompt=True,
    ),
    CommandSpec(
        name="sweep",
        summary="One seed at 0.3, 0.45, 0.6 and 0.75, side by side",
        example="/sweep oil painting",
        options=(*GENERATION, PRIVATE, SPOILER),
        takes_picture=True,
        takes_prompt=True,
    ),
    CommandSpec(
        name="vary",
        summary="A character in other outfits, from its own picture, on one sheet",
        example="/vary fox red armour | {blue|green} cloak",
        options=(CHARACTER, KEEP, *PRESET, GUIDANCE, SCHEDULER, MODEL, REFERENCE_SCALE, SIZE, PRIVATE, SPOILER),
        takes_prompt=True,
    ),
    CommandSpec(
        name="character",
        summary="Keep characters, and share them",
        example="/character save fox a fox with a blue scarf",
        actions=CHARACTERS,
    ),
    CommandSpec(
        name="session",
        summary="Sit around one character with others: ideas, votes, a gallery",
        example='/session start fox theme="winter" until=2h',
        options=SESSIONS,
        keeps_text=True,
    ),
    CommandSpec(
        name="idea",
        summary="Send an idea to the session: a numbered variation of its character",
        example="/idea a red raincoat",
        takes_prompt=True,
    ),
    CommandSpec(name="queue", summary="What waits, and where you stand", example="/queue"),
    CommandSpec(name="cancel", summary="Stop one of your jobs, or all of them", example="/cancel"),
    CommandSpec(name="history", summary="Your earlier pictures", example="/history"),
    CommandSpec(name="info", summary="The settings of a picture, ready to copy", example="/info"),
    CommandSpec(
        name="settings",
        summary="Your own defaults",
        example="/settings strength=0.5 style=oil",
        options=(STRENGTH, STYLE, PREVIEWS, FORMAT, LANGUAGE),
        keeps_text=True,
    ),
    CommandSpec(
        name="link",
        summary="Be the same person on Discord, Telegram and the page",
        example="/link",
        options=LINKING,
        keeps_text=True,
    ),
    CommandSpec(
        name="mydata",
        summary="Everything held about you: take it along, or erase it",
        example="/mydata export",
        options=(
            Option(name="action", kind=Kind.WORD, summary="what to do", example="export", choices=MYDATA_ACTIONS),
        ),
        keeps_text=True,
    ),
    CommandSpec(
        name="admin",
        summary="For moderators and operators: rules of this place, pauses, bans",
        example="/admin show",
        options=ADMINISTRATION,
        keeps_text=True,
    ),
    CommandSpec(name="help", summary="What I can do", example="/help"),
)
COMMANDS = {spec.name: spec for spec in CATALOGUE}

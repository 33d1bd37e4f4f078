"""The command catalogue: names, options, ranges and help, declared once for every platform and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What an option's value is."""

    STRENGTH = "strength"  # 0.6, 0,6, 60 % or a name
    INTEGER = "integer"
    NUMBER = "number"
    WORD = "word"  # a name from a list
    TEXT = "text"
    SIZE = "size"  # 512x768
    SWITCH = "switch"  # on or off
    LORAS = "loras"  # ink, ink:0.7, ink:0.7+pixel; may be said several times
    CONTROL = "control"  # edges:0.8@0-0.6, several joined by commas


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    """One option. `low` and `high` bound numbers; `also` are other names; `example` is a value that works."""

    name: str
    kind: Kind
    summary: str
    example: str
    low: float | None = None
    high: float | None = None
    also: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def field(self) -> str:
        """What its value is called in a Command."""
        plural = {Kind.STRENGTH: "strengths", Kind.LORAS: "loras", Kind.CONTROL: "controls"}
        return plural.get(self.kind) or self.name.replace("-", "_")


@dataclass(frozen=True, kw_only=True, slots=True)
class CommandSpec:
    """One command: what it is called, what it takes, how it is explained.

    `takes_picture`: it works on a picture. `takes_prompt`: free words are a prompt; otherwise they are `target`.
    `keeps_text`: its options are handed on as they were typed, and "none" takes one back.
    """

    name: str
    summary: str
    example: str
    options: tuple[Option, ...] = ()
    takes_picture: bool = False
    takes_prompt: bool = False
    keeps_text: bool = False

    def option(self, name: str) -> Option | None:
        low = name.lower().replace("_", "-")
        return next((option for option in self.options if low == option.name or low in option.also), None)

    @property
    def option_names(self) -> list[str]:
        return [option.name for option in self.options]


STRENGTH = Option(
    name="strength",
    kind=Kind.STRENGTH,
    summary="how much may change: 0 nothing, 0.3 keeps the composition, 0.6 the layout, 1 only the size",
    example="0.6",
    low=0,
    high=1,
    also=("s",),
)
STYLE = Option(name="style", kind=Kind.WORD, summary="a named look, for example watercolour", example="watercolour")
RECIPE = Option(
    name="recipe", kind=Kind.WORD, summary="a named way of working: illustrate, polish or vary", example="polish"
)
NEGATIVE = Option(
    name="negative",
    kind=Kind.TEXT,
    summary="what should not appear",
    example='"blurry"',
    also=("negative-prompt", "no"),
)
SEED = Option(
    name="seed",
    kind=Kind.INTEGER,
    summary="the same seed and settings give the same picture again",
    example="12345",
    low=0,
    high=2**32 - 1,
)
STEPS = Option(
    name="steps", kind=Kind.INTEGER, summary="more steps, finer result, longer wait", example="30", low=1, high=150
)
GUIDANCE = Option(
    name="guidance",
    kind=Kind.NUMBER,
    summary="how literally the words are taken",
    example="7",
    low=0,
    high=30,
    also=("cfg", "guidance-scale"),
)
SCHEDULER = Option(
    name="scheduler", kind=Kind.WORD, summary="the sampler that walks the steps", example="ddim", also=("sampler",)
)
MODEL = Option(name="model", kind=Kind.WORD, summary="another of the models that are offered here", example="bundled")
LORA = Option(
    name="lora",
    kind=Kind.LORAS,
    summary="a look that this model has learned besides, with its weight; several by +",
    example="ink:0.7",
    also=("loras",),
)
CLIP_SKIP = Option(
    name="clip-skip",
    kind=Kind.INTEGER,
    summary="how many last layers of the text encoder are left out",
    example="1",
    low=0,
    high=11,
    also=("clipskip",),
)
REFERENCE = Option(
    name="reference",
    kind=Kind.TEXT,
    summary="a second picture to look at: a result of yours, as /info names it, or JOB:original",
    example="01jc9m2ex4k7q3vz",
    also=("ref",),
)
REFERENCE_SCALE = Option(
    name="reference-scale",
    kind=Kind.NUMBER,
    summary="how much the reference counts",
    example="0.6",
    low=0,
    high=1,
    also=("ref-scale",),
)
CONTROL = Option(
    name="control",
    kind=Kind.CONTROL,
    summary="hold what a ControlNet sees, for instance the edges; how much, from when to when: edges:0.8@0-0.6",
    example="edges:0.8",
)
HINT = Option(
    name="hint",
    kind=Kind.TEXT,
    summary="a ready map for the control instead of the picture's own: a result of yours, or JOB:original",
    example="01jc9m2ex4k7q3vz",
)
SIZE = Option(name="size", kind=Kind.SIZE, summary="width x height of the result in pixels", example="512x768")
COUNT = Option(
    name="count", kind=Kind.INTEGER, summary="how many, each with its own seed", example="2", low=1, high=8, also=("n",)
)
PRIVATE = Option(name="private", kind=Kind.SWITCH, summary="only you see it", example="on", choices=("on", "off"))
PREVIEWS = Option(
    name="previews", kind=Kind.SWITCH, summary="show the picture while it grows", example="off", choices=("on", "off")
)
FORMAT = Option(
    name="format",
    kind=Kind.WORD,
    summary="what Full file gives you",
    example="webp",
    choices=("png", "webp", "jpeg"),
)
LANGUAGE = Option(
    name="language", kind=Kind.WORD, summary="the language I speak", example="de", choices=("en", "de", "es")
)
GENERATION = (
    STRENGTH,
    STYLE,
    RECIPE,
    NEGATIVE,
    SEED,
    STEPS,
    GUIDANCE,
    SCHEDULER,
    MODEL,
    LORA,
    CLIP_SKIP,
    REFERENCE,
    REFERENCE_SCALE,
    CONTROL,
    HINT,
    SIZE,
)
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
    "show",
    "end",
    "pause",
    "resume",
    "remove",
    "dismiss",
    "gallery",
    "close",
)
CHARACTER = Option(name="character", kind=Kind.TEXT, summary="the name of one of your characters", example="fox")
SESSIONS = (
    Option(name="action", kind=Kind.WORD, summary="what to do", example="start", choices=SESSION_ACTIONS),
    CHARACTER,
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
        options=(*GENERATION, COUNT, PRIVATE),
        takes_picture=True,
        takes_prompt=True,
    ),
    CommandSpec(
        name="sweep",
        summary="One seed at 0.3, 0.45, 0.6 and 0.75, side by side",
        example="/sweep oil painting",
        options=(*GENERATION, PRIVATE),
        takes_picture=True,
        takes_prompt=True,
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

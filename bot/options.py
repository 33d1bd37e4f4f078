"""What commands are made of, and the options that several of them take."""

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
    KEEP = "keep"  # a name from a list, as what a character keeps
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
    `keeps_text`: its options are handed on as they were typed, and "none" takes one back. `actions`: what its first
    word may be, each with options of its own; the first of them is meant where there is none. `group`: of an action,
    the command it belongs to.
    """

    name: str
    summary: str
    example: str
    options: tuple[Option, ...] = ()
    takes_picture: bool = False
    takes_prompt: bool = False
    keeps_text: bool = False
    actions: tuple[CommandSpec, ...] = ()
    group: str = ""

    @property
    def key(self) -> str:
        """What its explanation is found by: "restyle", "character save"."""
        return f"{self.group} {self.name}".strip()

    def action(self, name: str) -> CommandSpec | None:
        return next((action for action in self.actions if action.name == name.lower()), None)

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
SPOILER = Option(
    name="spoiler",
    kind=Kind.SWITCH,
    summary="hide the result until somebody taps it",
    example="on",
    choices=("on", "off"),
)
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
CHARACTER = Option(name="character", kind=Kind.TEXT, summary="the name of one of your characters", example="fox")
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
    CHARACTER,
)
ALIKE = Option(
    name="alike",
    kind=Kind.NUMBER,
    summary="how much alike a variation has to be, where the likeness is kept",
    example="0.7",
    low=0,
    high=1,
)
KEEP = Option(
    name="keep",
    kind=Kind.KEEP,
    summary="what stays: the face, the likeness (made again where it drifts), both, or off",
    example="both",
    choices=("off", "likeness", "face", "both"),
)
PRESET = (NEGATIVE, SEED, STRENGTH, STYLE, STEPS)

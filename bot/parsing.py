"""One parser for what people type, on every platform: "watercolour fox, strength 0.6 --seed 7".

Options come in any order as `name=value`, `--name value`, `--name=value`, or `name value` for numbers; a bare
0.6, 0,6 or 60% is the strength. Everything else is the prompt; words in double quotes always are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bot.commands import COMMANDS, CommandSpec, Kind, Option
from bot.options import SPOILER
from core.domain.command import Command
from core.domain.likeness import Keep
from core.domain.nearest import nearest
from core.domain.request import MAX_CONTROLS, MAX_SCALE, Control, Lora
from core.domain.strength import NAMED_STRENGTHS, parse_strength
from core.errors import InputError, OptionError, UnknownNameError

MAX_LINE = 200_000  # characters read at all; the prompt's own limit is a setting, and has the sentence for it
NOTHING = "none"  # takes a preference back: /settings style=none
_TOKEN = re.compile(r'\S*?"[^"]*"\S*|\S+')
_ASSIGNMENT = re.compile(r"(?:--|—)?([A-Za-z][A-Za-z_-]{0,30})=(.*)", re.DOTALL)
_LONG = re.compile(r"(?:--|—)([A-Za-z][A-Za-z_-]{0,30})")  # telephones turn -- into a dash
_BARE_STRENGTH = re.compile(r"-?\d{0,6}[.,]\d{1,8}|-?\d{1,6}(?:[.,]\d{1,6})?\s?%")
_NUMBER_LIKE = re.compile(r"[-+.,\d].*|.*%")
_SIZE = re.compile(r"(\d{1,5})\s*[x×X*]\s*(\d{1,5})")
_NUMBER = r"(\d{1,3}(?:[.,]\d{1,6})?)"
_CONTROL = re.compile(rf"([A-Za-z][A-Za-z0-9_-]{{0,30}})(?::{_NUMBER})?(?:@{_NUMBER}-{_NUMBER})?")
_NEXT_CONTROL = re.compile(r"[,;+](?=\s*[A-Za-z])")
_QUOTES = str.maketrans("“”„«»", '"' * 5)  # what telephones make of quotes that are typed
_SWITCH = {"on": True, "yes": True, "true": True, "1": True, "off": False, "no": False, "false": False, "0": False}


def parse(line: str) -> Command:
    """A whole line, "/restyle watercolour 0.6"; a line without a command's name is a /restyle.

    Raises InputError, OptionError or UnknownNameError, each naming what is wrong and what would be right.
    """
    text = line[:MAX_LINE].strip()
    if not text.startswith("/"):
        return parse_words("restyle", text)
    head, *rest = text[1:].split(maxsplit=1) or [""]
    name = head.partition("@")[0].lower()  # Telegram: /restyle@botname
    if name not in COMMANDS:
        if near := nearest(name, COMMANDS):
            raise UnknownNameError("near", what="command", given=f"/{name[:40]}", nearest=f"/{near}")
        raise InputError("not-a-command", commands=", ".join(f"/{known}" for known in COMMANDS))
    return parse_words(name, *rest)


def parse_words(name: str, words: str = "") -> Command:
    """What follows the name of a command that exists."""
    spec, tokens = _meant(COMMANDS[name], _tokens(words))
    reading = _Reading(spec=spec, tokens=tokens)
    reading.read()
    free = " ".join(reading.words).strip(" ,")
    values: dict[str, Any] = {"prompt": free} if spec.takes_prompt else {"target": free or None}
    if spec.keeps_text:
        values = {"target": free or None, "changes": {key: text for key, (_, text) in reading.values.items()}}
    else:
        values |= {key: value for key, (value, _) in reading.values.items()}
    action = spec.name if spec.group else ""
    return Command(name=name, action=action, words=words.strip(), parts=tuple(reading.words), **values)


def spec_of(command: Command) -> CommandSpec:
    """What the catalogue says of it: of its action, where it has several."""
    spec = COMMANDS[command.name]
    return spec.action(command.action) or spec


def hidden(command: Command) -> Command:
    """What comes of a picture behind a spoiler is behind one, too, unless the person says something else."""
    if not COMMANDS[command.name].option(SPOILER.name) or SPOILER.name in split_words(command.name, command.words)[1]:
        return command
    return parse_words(command.name, f"{command.words} {SPOILER.name}=on")


def split_words(name: str, words: str) -> tuple[str, dict[str, str]]:
    """The free words, and every option's text by its name: what a form is filled in with."""
    reading = _Reading(*_meant(COMMANDS[name], _tokens(words)))
    reading.read()
    named = {"strength" if key == "strengths" else key: text for key, (_, text) in reading.values.items()}
    return " ".join(reading.words).strip(" ,"), named


def _tokens(words: str) -> list[str]:
    """Words as they are told apart by blanks; what stands in quotes is one."""
    return _TOKEN.findall(words[:MAX_LINE].translate(_QUOTES))


def read_value(option: Option, text: str) -> Any:  # the kind decides the type
    """The value of one option from its text. Raises OptionError with the option's range or an example."""
    text = text.strip().strip('"').strip()
    if not text:
        raise OptionError("missing-value", option=option.name, example=option.example)
    return _READERS[option.kind](option, text)


def parse_strengths(text: str) -> tuple[Decimal, ...]:
    """One strength or several: "0.3,0.6" is two, "0,6" is one, "subtle,bold" is two."""
    separator = next((sign for sign in ";|" if sign in text), ",")
    pieces = [piece.strip() for piece in text.split(separator) if piece.strip()]
    one_decimal = separator == "," and len(pieces) == 2 and all(re.fullmatch(r"\d+ ?%?", piece) for piece in pieces)
    return (parse_strength(text),) if one_decimal or not pieces else tuple(map(parse_strength, pieces))


def _meant(spec: CommandSpec, tokens: list[str]) -> tuple[CommandSpec, list[str]]:
    """Of a command with actions the one that is meant, and the other words. Raises UnknownNameError."""
    if not spec.actions:
        return spec, tokens
    if not tokens:
        return spec.actions[0], []
    if action := spec.action(tokens[0]):
        return action, tokens[1:]
    names = [action.name for action in spec.actions]
    if near := nearest(tokens[0].lower(), names):
        raise UnknownNameError("near", what="action", given=tokens[0][:40], nearest=near)
    raise UnknownNameError("alone", what="action", given=tokens[0][:40], known=", ".join(names))


@dataclass(slots=True)
class _Reading:
    """One walk over the tokens: options into `values`, the rest into `words`."""

    spec: CommandSpec
    tokens: list[str]
    at: int = 0
    words: list[str] = field(default_factory=list)
    values: dict[str, tuple[Any, str]] = field(default_factory=dict)  # by field name: the value and its text

    def read(self) -> None:
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if not (self._assignment(token) or self._long(token) or self._spoken(token) or self._bare(token)):
                quoted = len(token) > 1 and token[0] == token[-1] == '"'
                self.words.append(token[1:-1] if quoted else token)  # quotes keep words from being read as options

    def _assignment(self, token: str) -> bool:
        match = _ASSIGNMENT.fullmatch(token)
        if not match:
            return False
        self._set(self._option(match[1]), match[2].rstrip(",") if '"' not in match[2] else match[2])
        return True

    def _long(self, token: str) -> bool:
        match = _LONG.fullmatch(token)
        if not match:
            return False
        option = self._option(match[1])
        if option.kind is Kind.SWITCH and self._next().lower() not in _SWITCH:
            self._set(option, "on")
        else:
            self._set(option, self._take())
        return True

    def _spoken(self, token: str) -> bool:
        """ "strength 0.6", "seed 7", and a comma's "…, strength abc" so that it is named rather than drawn."""
        option = self.spec.option(token) if len(token) > 1 else None
        if option is None or option.kind not in {Kind.STRENGTH, Kind.INTEGER, Kind.NUMBER}:
            return False
        following = self._next()
        at_clause = not self.words or self.words[-1].endswith(",")
        alone = self.at + 1 >= len(self.tokens)
        named = option.kind is Kind.STRENGTH and following.rstrip(",").lower() in NAMED_STRENGTHS
        if not following or not (named or _NUMBER_LIKE.fullmatch(following) or (at_clause and alone)):
            return False
        self._set(option, self._take().rstrip(","))
        return True

    def _bare(self, token: str) -> bool:
        """A bare number is the strength where it cannot be part of the prompt: 0.6, 0,6, 60%, or a last 0, 1, -1."""
        option = self.spec.option("strength")
        if option is None or not self.spec.takes_prompt:
            return False
        text = token.rstrip(",;") if not token.endswith("%") else token
        if self._next() == "%" and text.isdigit():
            self.at += 1
            text += "%"
        last = self.at >= len(self.tokens) and re.fullmatch(r"-\d{1,4}|0|1", text)
        if not (last or _BARE_STRENGTH.fullmatch(text)):
            return False
        self._set(option, text)
        return True

    def _option(self, name: str) -> Option:
        if option := self.spec.option(name):
            return option
        if not self.spec.options:
            raise OptionError("unknown-alone", given=name, known="none")
        if near := nearest(name, self.spec.option_names):
            raise OptionError("unknown", given=name, nearest=near)
        raise OptionError("unknown-alone", given=name, known=", ".join(self.spec.option_names))

    def _set(self, option: Option, text: str) -> None:
        key = option.name if self.spec.keeps_text else option.field
        if option.kind is Kind.LORAS and key in self.values:
            text = f"{self.values.pop(key)[1]}+{text}"
        if key in self.values:
            raise OptionError("twice", option=option.name)
        text = text.strip().strip('"')
        taken_back = self.spec.keeps_text and text.lower() == NOTHING
        self.values[key] = (None if taken_back else read_value(option, text), text)

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        """The next token as a value; "60 %" is one value."""
        text = self._next()
        self.at += 1
        if self._next() == "%":
            self.at += 1
            text += "%"
        return text


def _strength(_: Option, text: str) -> tuple[Decimal, ...]:
    return parse_strengths(text)


def _number(option: Option, text: str) -> float:
    try:
        number = float(text.replace(",", ".")) if len(text) <= 20 else float("nan")
    except ValueError:
        raise OptionError("not-a-number", option=option.name, given=text[:40]) from None
    low, high = option.low or 0, option.high or 0
    if not low <= number <= high:
        raise OptionError("range", option=option.name, low=f"{low:g}", high=_whole(high), given=text[:40])
    return number


def _whole(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"


def _integer(option: Option, text: str) -> int:
    number = _number(option, text)
    if number != int(number):
        raise OptionError("not-a-number", option=option.name, given=text[:40])
    return int(number)


def _word(option: Option, text: str) -> str:
    word = text.lower()
    if option.choices and word not in option.choices:
        near = nearest(word, option.choices)
        if near:
            raise UnknownNameError("near", what=option.name, given=text[:40], nearest=near)
        raise UnknownNameError("alone", what=option.name, given=text[:40], known=", ".join(option.choices))
    return word


def _size(_: Option, text: str) -> tuple[int, int]:
    match = _SIZE.fullmatch(text)
    if not match or not int(match[1]) or not int(match[2]):
        raise OptionError("size", given=text[:40])
    return int(match[1]), int(match[2])


def _controls(option: Option, text: str) -> tuple[Control, ...]:
    """ "edges:0.8@0-0.6,depth": names, each with how much (1 where nothing is said) and from when to when."""
    controls = tuple(_control(option, piece.strip()) for piece in _NEXT_CONTROL.split(text))
    names = [control.net for control in controls]
    if len(names) > MAX_CONTROLS:
        raise OptionError("too-many-controls", count=len(names), limit=MAX_CONTROLS)
    if doubled := next((name for name in names if names.count(name) > 1), None):
        raise OptionError("twice", option=f"{option.name}={doubled}")
    return controls


def _control(option: Option, text: str) -> Control:
    match = _CONTROL.fullmatch(text)
    if not match:
        raise OptionError("control", given=text[:40])
    net, scale, start, end = match.groups()
    control = Control(net=net.lower(), scale=_share(scale, 1), start=_share(start, 0), end=_share(end, 1))
    if control.scale > MAX_SCALE:
        raise OptionError("range", option=f"{option.name}={net}", low="0", high=str(MAX_SCALE), given=scale)
    if not control.start < control.end <= 1:
        raise OptionError("control-span", start=start, end=end)
    return control


def _share(text: str | None, default: float) -> float:
    return float(text.replace(",", ".")) if text else float(default)


def _switch(option: Option, text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise UnknownNameError("alone", what="value", given=text[:40], known="on, off")
    return _SWITCH[text.lower()]


def _loras(_: Option, text: str) -> tuple[Lora, ...]:
    return tuple(map(Lora.parse, text.split("+")))


_READERS: dict[Kind, Callable[[Option, str], Any]] = {
    Kind.STRENGTH: _strength,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.WORD: _word,
    Kind.TEXT: lambda _, text: text,
    Kind.SIZE: _size,
    Kind.SWITCH: _switch,
    Kind.LORAS: _loras,
    Kind.CONTROL: _controls,
    Kind.KEEP: lambda option, text: Keep(_word(option, text)),
}

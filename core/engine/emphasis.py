"""Emphasis in prompts, as people know it from other interfaces: (more), (much more:1.4), [less]. Imports no torch.

Round brackets multiply a word's weight by 1.1, square ones divide by it, both nest; `(words:1.3)` says the number.
`\\(` and its kin are the characters themselves, and so is a bracket without its partner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

STEP = 1.1  # what a pair of brackets stands for
LOW, HIGH = 0.0, 4.0  # beyond that a text encoder's states mean nothing, and nested brackets grow without end
_SIGN = re.compile(r"\\([()\[\]\\])|:\s*(\d{1,3}(?:\.\d{1,6})?|\.\d{1,6})\s*\)|([()\[\]])|([^\\()\[\]:]+|.)", re.DOTALL)
_CLOSES = {")": "(", "]": "["}


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """Words of one weight, in [0, 4]; 1 is what words without marks weigh."""

    text: str
    weight: float = 1.0


@dataclass(slots=True)
class _Part:
    text: str
    weight: float = 1.0
    opens: str = ""  # a bracket that waits for its partner


def pieces(prompt: str) -> list[Piece]:
    """A prompt without its marks; neighbours differ in weight. Empty for an empty prompt."""
    weighed = ((min(HIGH, max(LOW, round(part.weight, 6))), part.text) for part in _parts(prompt) if part.text)
    grouped = groupby(weighed, key=lambda one: one[0])
    return [Piece(text="".join(text for _, text in group), weight=weight) for weight, group in grouped]


def plain(prompt: str) -> str:
    """A prompt without its marks, for the text encoders that are told no weights."""
    return "".join(part.text for part in _parts(prompt))


def _parts(prompt: str) -> Iterator[_Part]:
    parts: list[_Part] = []
    opened: list[int] = []  # the places of brackets without a partner yet
    for match in _SIGN.finditer(prompt):
        escaped, number, bracket, text = match.groups()
        if text or escaped:
            parts.append(_Part(text or escaped))
        elif bracket in ("(", "["):
            opened.append(len(parts))
            parts.append(_Part(bracket, opens=bracket))
        elif opened and parts[opened[-1]].opens == ("(" if number else _CLOSES[bracket]):
            factor = float(number) if number else STEP if bracket == ")" else 1 / STEP
            _close(parts, opened.pop(), factor)
        else:
            parts.append(_Part(match[0]))
    yield from parts


def _close(parts: list[_Part], start: int, factor: float) -> None:
    parts[start] = _Part("")
    for part in parts[start:]:
        part.weight *= factor

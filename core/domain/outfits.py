"""Outfits of a variation: "red armour | {blue|green} cloak" is three of them."""

from __future__ import annotations

import math
import re
from itertools import product

from core.errors import InputError

_EXAMPLE = "{red|blue} cloak"
_COUNTED = 1_000_000  # beyond that nobody reads the number
_CHOICE = re.compile(r"\{([^{}]*)\}")


def outfits(text: str, limit: int) -> list[str]:
    """All of them in order, none twice, with every choice made in every way.

    Raises InputError("braces"), and ("too-many-outfits") before anything is made that would be too many.
    """
    pieces = _pieces(text)
    count = sum(math.prod(len(choice.split("|")) for choice in _CHOICE.findall(piece)) for piece in pieces)
    if count > limit:
        raise InputError("too-many-outfits", count=min(count, _COUNTED), limit=limit)
    made = (" ".join(one.split()) for piece in pieces for one in _expanded(piece))
    return list(dict.fromkeys(filter(None, made)))


def _pieces(text: str) -> list[str]:
    """Split at the bars outside of braces."""
    pieces, depth = [""], 0
    for sign in text:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth not in {0, 1}:
            raise InputError("braces", example=_EXAMPLE)
        if sign == "|" and depth == 0:
            pieces.append("")
        else:
            pieces[-1] += sign
    if depth:
        raise InputError("braces", example=_EXAMPLE)
    return [piece for piece in pieces if piece.strip()]


def _expanded(piece: str) -> list[str]:
    """The text between the choices stays, each choice is made: `split` gives the two in turn."""
    parts = _CHOICE.split(piece)
    choices = [part.split("|") if index % 2 else [part] for index, part in enumerate(parts)]
    return ["".join(picked) for picked in product(*choices)]

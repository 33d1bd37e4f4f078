"""Marks of emphasis in prompts."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine.emphasis import HIGH, LOW, pieces, plain


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a red cat", [("a red cat", 1)]),
        ("a (red:1.3) cat", [("a ", 1), ("red", 1.3), (" cat", 1)]),
        ("a (red) cat", [("a ", 1), ("red", 1.1), (" cat", 1)]),
        ("((red)) [cat]", [("red", 1.21), (" ", 1), ("cat", 0.909091)]),
        ("(a (b:0.5) c:2)", [("a ", 2), ("b", 1), (" c", 2)]),
        (r"a cat \(red\) \[x\] \\", [(r"a cat (red) [x] " + "\\", 1)]),
        ("a (red:1.0) cat", [("a red cat", 1)]),
        ("( red : .5 )", [(" red ", 0.5)]),
        ("at 12:30 :) (open [x) y", [("at 12:30 :) (open [x) y", 1)]),
        ("(a:b)", [("a:b", 1.1)]),
        ("(a:-1)", [("a:-1", 1.1)]),
        ("(a:99)", [("a", HIGH)]),
        ("()", []),
        ("", []),
    ],
)
def test_marks_become_weights(prompt: str, expected: list[tuple[str, float]]) -> None:
    assert [(piece.text, piece.weight) for piece in pieces(prompt)] == expected


@given(st.text(alphabet="ab ()[]:\\1.,", max_size=60))
def test_any_text_is_read_and_loses_nothing_but_its_marks(prompt: str) -> None:
    read = pieces(prompt)
    assert "".join(piece.text for piece in read) == plain(prompt)
    assert all(LOW <= piece.weight <= HIGH for piece in read)
    assert [sign for sign in plain(prompt) if sign in "ab,"] == [sign for sign in prompt if sign in "ab,"]
    assert all(one.weight != other.weight for one, other in pairwise(read))


@given(st.text(alphabet="ab ()[]", max_size=40))
def test_escaped_marks_are_what_was_typed(prompt: str) -> None:
    escaped = "".join(f"\\{sign}" if sign in "()[]" else sign for sign in prompt)
    assert plain(escaped) == prompt

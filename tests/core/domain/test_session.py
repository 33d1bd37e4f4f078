"""Places and winners; and until when a session lasts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from core.domain.names import BlobId, CardId, PersonId
from core.domain.session import Entry, SessionId, new_code, new_link, ranked, winners
from core.domain.until import parse_until
from core.errors import OptionError

NOW = datetime(2026, 5, 4, 18, 30, tzinfo=UTC).timestamp()


def entry(number: int, votes: int, *, made: bool = True) -> Entry:
    return Entry(
        id=CardId(f"card{number}"),
        session=SessionId("s"),
        number=number,
        author=PersonId("web:a"),
        author_name="a",
        words="red",
        created_at=0,
        picture=BlobId("x") if made else None,
        votes=votes,
    )


def test_equal_votes_share_a_place_and_the_next_is_left_out() -> None:
    entries = [entry(1, 2), entry(2, 5), entry(3, 5), entry(4, 9, made=False), entry(5, 0)]
    assert [(one.place, one.entry.number) for one in ranked(entries)] == [(1, 2), (1, 3), (3, 1), (4, 5)]
    assert [one.number for one in winners(entries)] == [2, 3]


def test_nobody_wins_where_nobody_voted() -> None:
    assert winners([entry(1, 0), entry(2, 0)]) == ()
    assert winners([]) == ()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2h", 7200),
        ("90 min", 5400),
        ("45", 2700),
        ("1d 12h", 129_600),
        ("1h30m", 5400),
        ("20:00", 5400),
        ("18:00 UTC", 84_600),  # has passed today, so tomorrow
        ("2026-05-06 18:30", 172_800),
        (" 2 STUNDEN ", 7200),
    ],
)
def test_until_is_a_span_or_a_time(text: str, seconds: int) -> None:
    assert parse_until(text, NOW) - NOW == seconds


@pytest.mark.parametrize(
    "text",
    ["", "soon", "2 parsecs", "-1h", "10s", "31d", "2026-05-04 18:00", "25:00", "2026-13-40 20:00", "9" * 40, "1h x"],
)
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(OptionError) as refusal:
        parse_until(text, NOW)
    assert refusal.value.reason in {"until", "until-range"}


def test_links_and_codes_cannot_be_guessed_from_each_other() -> None:
    assert len({new_link() for _ in range(100)}) == 100
    assert all(len(new_link()) >= 32 for _ in range(10))
    assert len({new_code() for _ in range(100)}) == 100

from __future__ import annotations

import json
import zlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.names import BlobId
from core.domain.request import Request
from core.imaging import provenance
from tests.core.imaging.pictures import astronaut, chunk, difference, encoded, opened, with_chunk

PNG = encoded(astronaut(64, 64), "PNG")
REQUEST = Request(
    picture=BlobId("0" * 64),
    prompt="a café, 漢字 🎨",
    width=64,
    height=64,
    strength=Decimal("0.60"),
    steps=24,
    guidance=3.0,
    scheduler="ddim",
    seed=7,
    model="bundled",
)


def test_a_request_comes_back_equal() -> None:
    settings = provenance.read(provenance.write(PNG, REQUEST.as_dict()))
    assert settings is not None
    assert Request.from_dict(settings) == REQUEST


def test_pixels_stay_as_they_are() -> None:
    for picture in (PNG, astronaut(64, 64)):
        written = provenance.write(picture, REQUEST.as_dict())
        assert difference(opened(written), astronaut(64, 64)) == 0
        assert provenance.read(written) == REQUEST.as_dict()


def test_other_programs_can_read_what_made_it() -> None:
    info = opened(provenance.write(PNG, REQUEST.as_dict())).info
    assert info["Software"] == "Restyle"
    assert info["Description"].startswith("a café, 漢字 🎨, strength 0.6, steps 24")
    assert json.loads(info["restyle"])["seed"] == 7


@pytest.mark.parametrize(
    ("strength", "source"),
    [
        ("0.6", "compositeWithTrainedAlgorithmicMedia"),
        ("1", "trainedAlgorithmicMedia"),
        (1.0, "trainedAlgorithmicMedia"),
    ],
)
def test_it_is_marked_as_made_by_ai(strength: str | float, source: str) -> None:
    xmp = opened(provenance.write(PNG, {"strength": strength})).info["xmp"]
    wanted = f'Iptc4xmpExt:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/{source}"'
    assert wanted.encode() in xmp


def itxt(text: bytes, keyword: bytes = b"restyle", head: bytes = b"\0\0\0\0\0") -> bytes:
    return chunk(b"iTXt", keyword + head + text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        PNG,
        encoded(astronaut(64, 64), "JPEG"),
        with_chunk(PNG, itxt(b"{", keyword=b"restyled")),
        with_chunk(PNG, itxt(b"not json")),
        with_chunk(PNG, itxt(b"[1]")),
        with_chunk(PNG, itxt(b"\xff\xfe")),
        with_chunk(PNG, itxt(b"[" * 50_000)),
        with_chunk(PNG, itxt(b'{"seed":' + b"9" * 50_000 + b"}")),
        with_chunk(PNG, itxt(b'{"a":"' + b"x" * 100_000 + b'"}')),
        with_chunk(PNG, itxt(zlib.compress(b" " * 10**7), head=b"\0\1\0\0\0")),
        with_chunk(PNG, chunk(b"iTXt", b"restyle\0\0\0")),
    ],
)
def test_what_carries_no_settings_gives_none(data: bytes) -> None:
    assert provenance.read(data) is None


@given(at=st.integers(0, 600), new=st.binary(max_size=8), length=st.integers(0, 900))
def test_reading_survives_any_damage(at: int, new: bytes, length: int) -> None:
    written = provenance.write(PNG, REQUEST.as_dict())
    damaged = (written[:at] + new + written[at + len(new) :])[:length]
    assert provenance.read(damaged) is None or isinstance(provenance.read(damaged), dict)

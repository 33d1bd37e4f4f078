"""How a result says where it comes from: its settings, to repeat it, and a mark that it was made by AI.

Both stand in PNG text chunks in front of the pixels, which stay untouched: "restyle" holds JSON, "Software" and
"Description" a line for people, and an XMP packet the IPTC digital source type that other programs look for.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL import Image, PngImagePlugin

from core.domain.catalogue import short_name
from core.domain.request import Request
from core.imaging.whole import PNG_SIGNATURE, png_chunks

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
MAX_SETTINGS_BYTES = 64 * 2**10
_HEADER_END = 33  # of a PNG: the signature, then IHDR, which always has 25 bytes
_KEYWORD = "restyle"
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" '
    'Iptc4xmpExt:DigitalSourceType="{source}"/></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


def settings_of(request: Request) -> dict[str, Any]:
    """What a picture says of how it was made. The model by its short name: where it lies is nobody's business."""
    return request.as_dict() | {"model": short_name(request.model)}


def write(picture: bytes | Image.Image, settings: Mapping[str, Any]) -> bytes:
    """A PNG (or an image, to be encoded as one) with these settings in it. Its pixels stay as they are.

    `settings` is what JSON can hold, `settings_of` a request and more; its "strength" decides which AI mark is set.
    """
    info = _chunks(settings)
    if isinstance(picture, Image.Image):
        file = BytesIO()
        picture.save(file, "PNG", compress_level=4, pnginfo=info)
        return file.getvalue()
    return _marked(picture, info)


def attach(png: bytes, settings: Mapping[str, Any]) -> bytes:
    """The same PNG with other settings in front of those it may carry; nothing is said of how it was made."""
    info = PngImagePlugin.PngInfo()
    info.add_itxt(_KEYWORD, json.dumps(settings, ensure_ascii=False, default=str))
    return _marked(png, info)


def read(data: bytes) -> dict[str, Any] | None:
    """The settings inside a PNG, None if there are none. The bytes may be anybody's: so may the values be."""
    if not data.startswith(PNG_SIGNATURE):
        return None
    opening = _KEYWORD.encode() + b"\0\0\0"  # keyword, not compressed
    for name, start, end in png_chunks(data):
        if name == b"iTXt" and end - start <= MAX_SETTINGS_BYTES and data.startswith(opening, start):
            return _settings(data[start:end])
    return None


def _chunks(settings: Mapping[str, Any]) -> PngImagePlugin.PngInfo:
    made_of_nothing = Decimal(str(settings.get("strength", 0))) >= 1
    source = SOURCE_TYPES + ("trained" if made_of_nothing else "compositeWithTrained") + "AlgorithmicMedia"
    info = PngImagePlugin.PngInfo()
    info.add_itxt(_KEYWORD, json.dumps(settings, ensure_ascii=False, default=str))
    info.add_itxt("Software", "Restyle")
    info.add_itxt("Description", _line(settings))
    info.add_itxt("XML:com.adobe.xmp", _XMP.format(source=source))
    return info


def _marked(png: bytes, info: PngImagePlugin.PngInfo) -> bytes:
    marks = BytesIO()
    for name, content, *_ in info.chunks:
        PngImagePlugin.putchunk(marks, name, content)
    return png[:_HEADER_END] + marks.getvalue() + png[_HEADER_END:]


def _line(settings: Mapping[str, Any]) -> str:
    named = ("strength", "steps", "guidance", "scheduler", "seed", "model")
    facts = [f"{name} {settings[name]}" for name in named if name in settings]
    return ", ".join([str(settings.get("prompt", "")), *facts]).strip(", ")


def _settings(chunk: bytes) -> dict[str, Any] | None:
    """After keyword and compression come a language and a translated keyword, then the text."""
    *_, text = chunk.split(b"\0", 5)
    try:
        settings = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return settings if isinstance(settings, dict) else None

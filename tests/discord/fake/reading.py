"""Reading messages: all components of a tree, and all text in a message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.discord.fake.refusals import Json

if TYPE_CHECKING:
    from tests.discord.fake.world import Message

ROW, BUTTON, SELECT, INPUT, SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE = 1, 2, 3, 4, 9, 10, 11, 12, 13
SEPARATOR, CONTAINER, LABEL, UPLOAD = 14, 17, 18, 19
SELECTS = (3, 5, 6, 7, 8)


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, outer ones first."""
    for component in components:
        yield component
        yield from walk(component.get("components") or [])
        inner = component.get("accessory") or component.get("component")
        if inner:
            yield from walk([inner])


def media(component: Json) -> list[Json]:
    """The unfurled media items that a component shows."""
    if component["type"] == GALLERY:
        return [item["media"] for item in component["items"]]
    if component["type"] == THUMBNAIL:
        return [component["media"]]
    return [component["file"]] if component["type"] == FILE else []


def pictures(component: Json) -> list[Json]:
    """What carries an alt text: the items of a gallery, or the thumbnail itself."""
    if component["type"] == GALLERY:
        return list(component["items"])
    return [component] if component["type"] == THUMBNAIL else []


def embed_text(embed: Json) -> Iterator[str]:
    yield from (embed[key] for key in ("title", "description") if embed.get(key))
    for each in embed.get("fields") or []:
        yield from (each["name"], each["value"])
    yield from ((embed.get(part) or {}).get(key) or "" for part, key in (("footer", "text"), ("author", "name")))


def displayed(components: list[Json]) -> list[str]:
    return [each["content"] for each in walk(components) if each["type"] == TEXT_DISPLAY]


def message_text(message: Message) -> str:
    parts = [message.content, *displayed(message.components)]
    for embed in message.embeds:
        parts += embed_text(embed)
    return "\n".join(part for part in parts if part)

"""Components as Discord keeps them: numbered, with its defaults filled in and empty members dropped."""

from __future__ import annotations

from itertools import count
from typing import Any

from tests.discord.fake.reading import CONTAINER, FILE, GALLERY, SELECTS, SEPARATOR, THUMBNAIL
from tests.discord.fake.refusals import Json

DEFAULTS: dict[int, Json] = {
    THUMBNAIL: {"description": None, "spoiler": False},
    FILE: {"spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
    CONTAINER: {"accent_color": None, "spoiler": False},
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
}


def stored_components(components: list[Json]) -> list[Json]:
    numbers = count(1)
    return [_stored(component, numbers) for component in components]


def _stored(component: Json, numbers: count[int]) -> Json:
    given = {key: value for key, value in component.items() if value is not None}
    answer: Json = DEFAULTS.get(component["type"], {}) | {"id": next(numbers)} | given
    if "components" in answer:
        answer["components"] = [_stored(each, numbers) for each in answer["components"]]
    if "accessory" in answer:
        answer["accessory"] = _stored(answer["accessory"], numbers)
    if component["type"] == GALLERY:
        answer["items"] = [_item(each) for each in answer["items"]]
    return answer


def _item(item: Json) -> dict[str, Any]:
    given = {key: value for key, value in item.items() if value is not None}
    return {"description": None, "spoiler": False} | given

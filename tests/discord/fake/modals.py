"""Filling in a form, as Discord's client lets a person do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from tests.discord.fake.files import File
from tests.discord.fake.options import NotOffered, Resolved, as_file
from tests.discord.fake.reading import INPUT, LABEL, ROW, SELECT, TEXT_DISPLAY, UPLOAD, walk
from tests.discord.fake.refusals import Json
from tests.discord.fake.world import Attachment

Keep = Callable[[File], Attachment]


def fill_modal(modal: Json, labels: dict[str, str], values: dict[str, Any], keep: Keep) -> tuple[list[Json], Resolved]:
    """The components of a submitted form; raises NotOffered for what the client would not send."""
    ids = [each["custom_id"] for each in walk(modal["components"]) if "custom_id" in each]
    by_label = {label: custom_id for custom_id, label in labels.items()}
    named = {by_label.get(name, name): value for name, value in values.items()}
    unknown = named.keys() - set(ids)
    if unknown:
        raise NotOffered(f"the form has no {sorted(unknown)}; it has {labels or ids}")
    resolved = Resolved()
    return [_part(part, named, resolved, keep) for part in modal["components"]], resolved


def _part(part: Json, named: dict[str, Any], resolved: Resolved, keep: Keep) -> Json:
    number = part.get("id") or 0
    if part["type"] == LABEL:
        return {"type": LABEL, "id": number, "component": _filled(part["component"], named, resolved, keep)}
    if part["type"] == ROW:
        inner = [_filled(each, named, resolved, keep) for each in part["components"]]
        return {"type": ROW, "id": number, "components": inner}
    return {"type": TEXT_DISPLAY, "id": number}


def _filled(component: Json, named: dict[str, Any], resolved: Resolved, keep: Keep) -> Json:
    custom_id, kind = component["custom_id"], component["type"]
    answer: Json = {"type": kind, "id": component.get("id") or 0, "custom_id": custom_id}
    if kind == INPUT:
        return answer | {"value": _text(component, named)}
    if kind == UPLOAD:
        return answer | {"values": list(_uploads(component, named.get(custom_id), resolved, keep))}
    if kind == SELECT:
        return answer | {"values": _selected(component, named)}
    return answer | _picked(component, named)


def _text(component: Json, named: dict[str, Any]) -> str:
    text = str(named.get(component["custom_id"], component.get("value") or ""))
    low = component.get("min_length") or (1 if component.get("required", True) else 0)
    high = component.get("max_length") or 4000
    if (text or component.get("required", True)) and not low <= len(text) <= high:
        raise NotOffered(f"{component['custom_id']} takes {low} to {high} characters, not {len(text)}")
    return text


def _uploads(component: Json, given: Any, resolved: Resolved, keep: Keep) -> Iterator[str]:
    files = given if isinstance(given, list | tuple) else [] if given is None else [given]
    low = component.get("min_values")
    low = (1 if component.get("required", True) else 0) if low is None else low
    if (files or component.get("required", True)) and not low <= len(files) <= (component.get("max_values") or 1):
        raise NotOffered(f"{component['custom_id']} takes {low} to {component.get('max_values') or 1} files")
    for each in files:
        attachment = keep(as_file(each))
        resolved.attachments[str(attachment.id)] = attachment
        yield str(attachment.id)


def _selected(component: Json, named: dict[str, Any]) -> list[str]:
    default = [option["value"] for option in component["options"] if option.get("default")]
    given = named.get(component["custom_id"], default)
    values = [given] if isinstance(given, str) else list(given)
    offered = {option["value"] for option in component["options"]}
    if not set(values) <= offered:
        raise NotOffered(f"{component['custom_id']} offers {sorted(offered)}")
    if component.get("required", True) and not values:
        raise NotOffered(f"{component['custom_id']} is required")
    return values


def _picked(component: Json, named: dict[str, Any]) -> Json:
    """Radio groups and checkboxes send one value, groups of checkboxes several."""
    given = named.get(component["custom_id"])
    return {"values": given or []} if isinstance(given, list) else {"value": given}

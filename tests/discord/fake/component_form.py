"""Which components a message or a modal may have: counts, places, lengths, ids."""

from __future__ import annotations

from collections.abc import Iterator

from tests.discord.fake import limits
from tests.discord.fake.reading import (
    BUTTON,
    CONTAINER,
    FILE,
    GALLERY,
    INPUT,
    LABEL,
    ROW,
    SECTION,
    SELECT,
    SELECTS,
    SEPARATOR,
    TEXT_DISPLAY,
    THUMBNAIL,
    UPLOAD,
    displayed,
    walk,
)
from tests.discord.fake.refusals import Form, Json

LINK_STYLE, PREMIUM_STYLE = 5, 6
IN_CONTAINER = {ROW, FILE, GALLERY, SECTION, SEPARATOR, TEXT_DISPLAY}
TOP = {False: {ROW}, True: {*IN_CONTAINER, CONTAINER}}  # by whether the message is V2
At = tuple[str | int, ...]


def check_components(form: Form, components: list[Json], *, v2: bool) -> None:
    """All faults of a message's components, at `components` of the form."""
    at: At = ("components",)
    form.between(at, len(components), 0, limits.COMPONENTS if v2 else limits.ROWS)
    if sum(1 for _ in walk(components)) > limits.COMPONENTS:
        form.fault(at, "BASE_TYPE_MAX_LENGTH", f"Must be {limits.COMPONENTS} or fewer in length.")
    if sum(map(len, displayed(components))) > limits.COMPONENT_TEXT:
        form.fault(at, "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "The displayable text is over the maximum of 4000")
    for index, component in enumerate(components):
        if component.get("type") not in TOP[v2]:
            form.fault((*at, index, "type"), "UNION_TYPE_CHOICES", f'Value of field "type" must be one of {TOP[v2]}.')
        _check(form, (*at, index), component)
    check_unique_ids(form, at, components)


def check_unique_ids(form: Form, at: At, components: list[Json]) -> None:
    seen: set[str] = set()
    for component in walk(components):
        custom_id = component.get("custom_id")
        if custom_id is None:
            continue
        if not 1 <= len(custom_id) <= limits.CUSTOM_ID:
            form.fault(at, "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {limits.CUSTOM_ID} in length.")
        if custom_id in seen:
            form.fault(at, "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        seen.add(custom_id)


def _check(form: Form, at: At, component: Json) -> None:
    kind = component.get("type")
    inner: list[Json] = component.get("components") or []
    if kind == ROW:
        _check_row(form, at, inner)
    elif kind == BUTTON:
        _check_button(form, at, component)
    elif kind in SELECTS:
        _check_select(form, at, component)
    elif kind == GALLERY:
        _check_gallery(form, at, component)
    elif kind == THUMBNAIL:
        form.at_most((*at, "description"), component.get("description"), limits.ALT_TEXT)
    elif kind == SECTION:
        form.between((*at, "components"), len(inner), 1, 3)
        _check(form, (*at, "accessory"), component["accessory"])
    elif kind == CONTAINER:
        form.between((*at, "components"), len(inner), 1, limits.COMPONENTS)
        _check_places(form, at, inner, IN_CONTAINER)
    elif kind == TEXT_DISPLAY and not component.get("content"):
        form.fault((*at, "content"), "BASE_TYPE_REQUIRED", "This field is required")
    for index, each in enumerate(inner):
        _check(form, (*at, "components", index), each)


def _check_places(form: Form, at: At, inner: list[Json], allowed: set[int]) -> None:
    for index, each in enumerate(inner):
        if each.get("type") not in allowed:
            form.fault((*at, "components", index, "type"), "UNION_TYPE_CHOICES", f"Must be one of {allowed}.")


def _check_row(form: Form, at: At, inner: list[Json]) -> None:
    form.between((*at, "components"), len(inner), 1, limits.BUTTONS_IN_ROW)
    _check_places(form, at, inner, {BUTTON, *SELECTS})
    if len(inner) > 1 and any(each.get("type") in SELECTS for each in inner):
        form.fault((*at, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the width")


def _check_button(form: Form, at: At, button: Json) -> None:
    form.at_most((*at, "label"), button.get("label"), limits.BUTTON_LABEL)
    has_link, has_id = bool(button.get("url")), bool(button.get("custom_id"))
    style = button.get("style")
    if style == LINK_STYLE and (has_id or not has_link):
        form.fault(at, "BUTTON_COMPONENT_INVALID_URL", "A link button must have a url and cannot have a custom id")
    if style not in (LINK_STYLE, PREMIUM_STYLE) and (has_link or not has_id):
        form.fault(at, "BUTTON_COMPONENT_CUSTOM_ID_REQUIRED", "A custom id is required")
    if style != PREMIUM_STYLE and not button.get("label") and not button.get("emoji"):
        form.fault(at, "BUTTON_COMPONENT_LABEL_REQUIRED", "A label or emoji is required")


def _check_select(form: Form, at: At, select: Json) -> None:
    form.at_most((*at, "placeholder"), select.get("placeholder"), 150)
    if select["type"] != SELECT:
        return
    options: list[Json] = select.get("options") or []
    form.between((*at, "options"), len(options), 1, limits.SELECT_OPTIONS)
    for index, option in enumerate(options):
        for key in ("label", "value", "description"):
            form.at_most((*at, "options", index, key), option.get(key), limits.CHOICE_TEXT)
    if len({option["value"] for option in options}) < len(options):
        form.fault((*at, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The option value is already used")


def _check_gallery(form: Form, at: At, gallery: Json) -> None:
    items: list[Json] = gallery.get("items") or []
    form.between((*at, "items"), len(items), 1, limits.GALLERY)
    for index, item in enumerate(items):
        form.at_most((*at, "items", index, "description"), item.get("description"), limits.ALT_TEXT)


def check_modal(form: Form, modal: Json) -> None:
    """All faults of a modal: its title, its parts and what is inside the labels."""
    form.between(("title",), len(modal.get("title", "")), 1, limits.MODAL_TITLE)
    form.between(("custom_id",), len(modal.get("custom_id", "")), 1, limits.CUSTOM_ID)
    parts: list[Json] = modal.get("components") or []
    form.between(("components",), len(parts), 1, limits.MODAL_PARTS)
    _check_places(form, (), parts, {ROW, LABEL, TEXT_DISPLAY})
    check_unique_ids(form, ("components",), parts)
    for at, component in _inputs(form, parts):
        _check_input(form, at, component)


def _inputs(form: Form, parts: list[Json]) -> Iterator[tuple[At, Json]]:
    for index, part in enumerate(parts):
        at: At = ("components", index)
        if part.get("type") == LABEL:
            form.between((*at, "label"), len(part.get("label", "")), 1, limits.LABEL_TEXT)
            form.at_most((*at, "description"), part.get("description"), limits.LABEL_DESCRIPTION)
            yield (*at, "component"), part["component"]
        elif part.get("type") == ROW:
            _check_places(form, at, part["components"], {INPUT})
            yield from (((*at, "components", inner), each) for inner, each in enumerate(part["components"]))


def _check_input(form: Form, at: At, component: Json) -> None:
    if component.get("type") == INPUT:
        form.at_most((*at, "label"), component.get("label"), limits.LABEL_TEXT)
        form.at_most((*at, "placeholder"), component.get("placeholder"), 100)
        form.at_most((*at, "value"), component.get("value"), component.get("max_length") or 4000)
    elif component.get("type") == UPLOAD:
        _check_upload(form, at, component)
    elif component.get("type") in SELECTS:
        _check_select(form, at, component)


def _check_upload(form: Form, at: At, component: Json) -> None:
    low, high = component.get("min_values"), component.get("max_values")
    for key, number, least in (("min_values", low, 0), ("max_values", high, 1)):
        if number is not None and not least <= number <= limits.UPLOADS:
            form.fault((*at, key), "NUMBER_TYPE_MAX", f"int value should be between {least} and {limits.UPLOADS}.")
    if component.get("required", True) and low == 0:
        form.fault((*at, "min_values"), "NUMBER_TYPE_MIN", "A required file upload needs at least one value.")

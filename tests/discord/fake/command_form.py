"""Which application commands Discord takes."""

from __future__ import annotations

import re
from collections import Counter

from discord import Locale

from tests.discord.fake import limits
from tests.discord.fake.refusals import Form, Json, too_many_commands

SLASH, SUBCOMMAND, GROUP, TEXT_OPTION = 1, 1, 2, 3
NUMBERS = (4, 10)
NAME = re.compile(r"[-_'\w]{1,32}")  # Discord's pattern, letters of every script
At = tuple[str | int, ...]


def check_commands(commands: list[Json]) -> None:
    """Raises the Refusal for a whole set of commands of one app in one place."""
    kinds = Counter(command.get("type") or SLASH for command in commands)
    for kind, limit in limits.COMMANDS.items():
        if kinds[kind] > limit:
            raise too_many_commands(limit)
    form = Form()
    names = Counter((command.get("type") or SLASH, command.get("name")) for command in commands)
    for index, command in enumerate(commands):
        if names[command.get("type") or SLASH, command.get("name")] > 1:
            form.fault((index,), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
        _check_command(form, (index,), command)
    form.check()


def _check_command(form: Form, at: At, command: Json) -> None:
    if (command.get("type") or SLASH) == SLASH:
        _check_words(form, at, command)
        _check_options(form, at, command.get("options") or [], depth=0)
    else:
        form.between((*at, "name"), len(command.get("name") or ""), 1, limits.COMMAND_NAME)
        if command.get("description") or command.get("options"):
            form.fault(at, "APPLICATION_COMMAND_INVALID", "Context menu commands have neither description nor options")
        _check_locales(form, (*at, "name_localizations"), command.get("name_localizations"), limits.COMMAND_NAME)
    if _characters(command) > limits.COMMAND_CHARACTERS:
        form.fault(at, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (8000)")


def _check_words(form: Form, at: At, named: Json) -> None:
    """Name and description with their localisations, of a slash command or an option."""
    _check_name(form, (*at, "name"), named.get("name") or "")
    form.between((*at, "description"), len(named.get("description") or ""), 1, limits.COMMAND_DESCRIPTION)
    for language, name in (named.get("name_localizations") or {}).items():
        _check_name(form, (*at, "name_localizations", language), name)
    for key, limit in (("name", limits.COMMAND_NAME), ("description", limits.COMMAND_DESCRIPTION)):
        _check_locales(form, (*at, f"{key}_localizations"), named.get(f"{key}_localizations"), limit)


def _check_name(form: Form, at: At, name: str) -> None:
    if not NAME.fullmatch(name) or name != name.lower():
        form.fault(at, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")


def _check_locales(form: Form, at: At, words: dict[str, str] | None, limit: int) -> None:
    known = {locale.value for locale in Locale}
    for language, text in (words or {}).items():
        form.between((*at, language), len(text), 1, limit)
        if language not in known:
            form.fault((*at, language), "ENUM_TYPE_COERCE", f"Value {language} is not a valid locale.")


def _check_options(form: Form, at: At, options: list[Json], *, depth: int) -> None:
    form.between((*at, "options"), len(options), 0, limits.COMMAND_OPTIONS)
    names = Counter(option.get("name") for option in options)
    optional_came = False
    for index, option in enumerate(options):
        here: At = (*at, "options", index)
        _check_words(form, here, option)
        if names[option.get("name")] > 1:
            form.fault(here, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_USED", "The option name is already used")
        nested = option["type"] in (SUBCOMMAND, GROUP)
        if option.get("required") and optional_came and not nested:
            message = "Required options must be placed before non-required options"
            form.fault(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
        optional_came |= not option.get("required")
        _check_option(form, here, option, depth=depth)
    kinds = {option["type"] in (SUBCOMMAND, GROUP) for option in options}
    if len(kinds) > 1:
        form.fault((*at, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands and options may not mix")


def _check_option(form: Form, at: At, option: Json, *, depth: int) -> None:
    kind = option["type"]
    if kind in (SUBCOMMAND, GROUP):
        if (kind == GROUP and depth > 0) or depth > 1:
            form.fault((*at, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands may not nest so deep")
        _check_options(form, at, option.get("options") or [], depth=depth + 1)
        return
    choices: list[Json] = option.get("choices") or []
    form.between((*at, "choices"), len(choices), 0, limits.CHOICES)
    if choices and option.get("autocomplete"):
        form.fault(
            at, "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_CHOICES", "Choices and autocomplete exclude each other"
        )
    for index, choice in enumerate(choices):
        form.between((*at, "choices", index, "name"), len(choice["name"]), 1, limits.CHOICE_TEXT)
        form.at_most((*at, "choices", index, "value"), choice["value"], limits.CHOICE_TEXT)
        words = choice.get("name_localizations")
        _check_locales(form, (*at, "choices", index, "name_localizations"), words, limits.CHOICE_TEXT)
    low, high = option.get("min_value"), option.get("max_value")
    if kind in NUMBERS and low is not None and high is not None and low > high:
        form.fault(at, "NUMBER_TYPE_MIN", "The minimum is above the maximum")


def _characters(command: Json) -> int:
    """Names, descriptions and values; of localised ones the longest counts."""

    def longest(named: Json, key: str) -> int:
        return max(map(len, [named.get(key) or "", *(named.get(f"{key}_localizations") or {}).values()]))

    size = longest(command, "name") + longest(command, "description")
    for choice in command.get("choices") or []:
        size += longest(choice, "name") + len(str(choice["value"]))
    return size + sum(map(_characters, command.get("options") or []))

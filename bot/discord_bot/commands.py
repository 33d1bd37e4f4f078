"""Discord's commands, made from the one catalogue: typed options, ranges, choices, autocomplete."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Literal

import discord
from discord import app_commands

from bot.commands import CATALOGUE, COMMANDS, CommandSpec, Kind, Option
from bot.discord_bot.mentions import as_ids, as_list
from bot.languages.choice import DEFAULT, NAMES, base_of
from bot.parsing import NOTHING
from bot.replies import say, summary

Interaction = discord.Interaction[Any]  # of our client, whatever its shards
OnSlash = Callable[[Interaction, str, dict[str, Any]], Awaitable[None]]
OnMenu = Callable[[Interaction, str, discord.Message], Awaitable[None]]
OnTyping = Callable[[Interaction, str, str], Awaitable[list[app_commands.Choice[str]]]]

PICTURE, MASK, PROMPT, TARGET = "picture", "mask", "prompt", "job"
ACTION = "action"
_LONGEST = 100  # characters of a description
_MENUS = {"discord.menu": "restyle", "discord.menu.character": "character"}  # what each of them begins
_COMPLETED = {
    "character",
    "style",
    "recipe",
    "scheduler",
    "model",
    "lora",
    "control",
    "reference",
    "hint",
    "shared",
    "kind",
}
_TAKEN_BACK = {"language"}  # of what is chosen from a list, what can also be "none"
_LISTS = {"channels", "roles"}  # options that name several of them
_MODERATED = {"admin"}  # hidden from those who may not use them; operators find them in direct messages
_TARGETED = {"cancel", "info"}  # commands about one job
EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
BOTH_INSTALLS = app_commands.AppInstallationType(guild=True, user=True)


def declare(tree: app_commands.CommandTree[Any], on_slash: OnSlash, on_menu: OnMenu, on_typing: OnTyping) -> None:
    """All commands of the catalogue, and Apps > "Restyle this" and "Use as character" on messages."""
    for spec in CATALOGUE:
        tree.add_command(_command(spec, on_slash, on_typing))
    for name, command in _MENUS.items():
        tree.add_command(_menu(name, command, on_menu))


def _menu(name: str, command: str, on_menu: OnMenu) -> app_commands.ContextMenu:
    async def callback(interaction: Interaction, message: discord.Message) -> None:
        await on_menu(interaction, command, message)

    return app_commands.ContextMenu(
        name=_said(name), callback=callback, allowed_contexts=EVERYWHERE, allowed_installs=BOTH_INSTALLS
    )


class Tongues(app_commands.Translator):
    """Names of menus and descriptions in every language that is spoken here. Commands and options keep their names."""

    async def translate(self, string: app_commands.locale_str, locale: discord.Locale, context: Any) -> str | None:
        language = base_of(locale.value)
        what = string.extras.get("what")
        if what is None or language == DEFAULT or language not in NAMES:
            return None
        return _short(say(what, language) if isinstance(what, str) else summary(what, language))


async def fingerprint(tree: app_commands.CommandTree[Any], application: int) -> str:
    """Of everything that a sync would send: while it stays the same, nothing need be sent."""
    kinds = (discord.AppCommandType.chat_input, discord.AppCommandType.message)
    commands = [command for kind in kinds for command in tree.get_commands(type=kind)]
    told = [await command.get_translated_payload(tree, tree.translator or Tongues()) for command in commands]
    text = json.dumps([application, told], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def line_of(name: str, values: Mapping[str, Any]) -> str:
    """What was filled in, as the words that every platform's parser reads: "a fox strength=0.6 seed=7"."""
    first = {ACTION: str(values[ACTION])} if COMMANDS[name].actions and values.get(ACTION) else {}
    prompt = str(values.get(PROMPT) or values.get(TARGET) or "")
    named = [
        f"{key.replace('_', '-')}={_written(as_list(value) if key in _LISTS else value)}"
        for key, value in values.items()
        if value is not None and key not in {PICTURE, MASK, PROMPT, TARGET, *first}
    ]
    return " ".join(part for part in (*first.values(), prompt, *named) if part)


def _written(value: Any) -> str:
    """One value as one token, whatever is in it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    text = f"{value:g}" if isinstance(value, float) else as_ids(str(value))
    return '"' + text.replace('"', "'") + '"' if any(sign.isspace() or sign == '"' for sign in text) else text


def _command(spec: CommandSpec, on_slash: OnSlash, on_typing: OnTyping) -> app_commands.Command[Any, ..., None]:
    async def callback(interaction: Interaction, /, **values: Any) -> None:
        await on_slash(interaction, spec.name, values)

    # the library reads a command's options from its callback's signature; ours are in the catalogue
    callback.__signature__ = _signature(spec)  # type: ignore[attr-defined]
    app_commands.describe(**_descriptions(spec))(callback)
    app_commands.choices(**_choices(spec))(callback)
    command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name=spec.name,
        description=_said(spec),
        callback=callback,
        allowed_contexts=EVERYWHERE,
        allowed_installs=BOTH_INSTALLS,
    )
    if spec.name in _MODERATED:
        command.default_permissions = discord.Permissions(manage_messages=True)
    for name in _completed(spec):
        command.autocomplete(name)(_typing(name, on_typing))
    return command


def _typing(name: str, on_typing: OnTyping) -> Callable[..., Coroutine[Any, Any, list[app_commands.Choice[str]]]]:
    async def complete(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return await on_typing(interaction, name, typed)

    return complete


def _completed(spec: CommandSpec) -> list[str]:
    names = [_name(option) for option in _options(spec) if option.name in _COMPLETED and not option.choices]
    return [*names, TARGET] if spec.name in _TARGETED else names


def _choices(spec: CommandSpec) -> dict[str, list[app_commands.Choice[str]]]:
    """What an option's value is one of."""
    listed = [option for option in _options(spec) if option.choices and option.kind is not Kind.SWITCH]
    return {_name(option): [_choice(value) for value in _values(option)] for option in listed}


def _values(option: Option) -> tuple[str, ...]:
    return (*option.choices, NOTHING) if option.name in _TAKEN_BACK else option.choices


def _choice(value: str) -> app_commands.Choice[str]:
    """A language by its own name."""
    return app_commands.Choice(name=NAMES.get(value, value), value=value)


def _signature(spec: CommandSpec) -> inspect.Signature:
    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Interaction)]
    for name, annotation in _parameters(spec).items():
        own.append(inspect.Parameter(name, keyword, default=None, annotation=annotation))
    return inspect.Signature(own)


def _parameters(spec: CommandSpec) -> dict[str, Any]:
    """Each option's annotation, in the order in which Discord shows them."""
    named: dict[str, Any] = {}
    several = (spec, *spec.actions)
    if spec.actions:
        named[ACTION] = Literal[tuple(action.name for action in spec.actions)]
    if any(each.takes_picture for each in several):
        named[PICTURE] = discord.Attachment
    if any(each.takes_prompt for each in several):
        named[PROMPT] = str
    if spec.name in _TARGETED:
        named[TARGET] = str
    named |= {_name(option): _annotation(option) for option in _options(spec)}
    if spec.takes_picture:
        named[MASK] = discord.Attachment
    return named


def _descriptions(spec: CommandSpec) -> dict[str, app_commands.locale_str]:
    own = {
        name: _said(f"discord.option.{name}") for name in (PICTURE, PROMPT, TARGET, MASK) if name in _parameters(spec)
    }
    if spec.actions:
        own[ACTION] = _said("discord.option.action")
    return own | {_name(option): _said(option) for option in _options(spec)}


def _options(spec: CommandSpec) -> list[Option]:
    """Its own, and those of all its actions, each once."""
    several = {option.name: option for each in (spec, *spec.actions) for option in each.options}
    return list(several.values())


def _said(what: str | CommandSpec | Option) -> app_commands.locale_str:
    """By its key, or what explains it; the other languages follow from the same."""
    text = say(what) if isinstance(what, str) else summary(what)
    return app_commands.locale_str(_short(text), what=what)


def _annotation(option: Option) -> Any:
    if option.kind is Kind.SWITCH:
        return bool
    if option.kind is Kind.INTEGER:
        return app_commands.Range[int, int(option.low or 0), int(option.high or 0)]
    if option.kind in {Kind.NUMBER, Kind.STRENGTH}:
        return app_commands.Range[float, float(option.low or 0), float(option.high or 0)]
    return str


def _name(option: Option) -> str:
    return option.name.replace("-", "_")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rsplit(" ", 1)[0] + "…"

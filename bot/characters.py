"""What /character, /vary and the buttons of characters do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bot.answers import Begun, Carded, Filed, Gathered, Portrayed, Reply, Said
from bot.cards import Action, Asked
from bot.character_cards import button, character_card, headline, list_line
from bot.options import ALIKE, KEEP, PRESET
from bot.parsing import NOTHING, read_value
from bot.replies import say
from core.domain.character import Character, Preset, ShareMode
from core.domain.command import Command, StoredPicture
from core.domain.likeness import Keep
from core.domain.names import CharacterId, JobId
from core.errors import InputError, NotFoundError
from core.service.service import Asker, Service

_WITH = ("here", "code", "nobody")
_AS = ("copy", "follow")
OF_CHARACTERS = frozenset(
    {
        *(Action.DRESS, Action.PREFER, Action.ALTER, Action.FACE, Action.EXPORT, Action.DROP, Action.FORGET),
        *(Action.SAVE, Action.BASE),
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """One thing that is asked about characters, and what came along: a picture, or a job whose result is meant."""

    service: Service
    asker: Asker
    command: Command
    language: str
    picture: StoredPicture | None = None
    job: JobId | None = None

    @property
    def words(self) -> str:
        return self.command.target or ""

    def said(self, key: str, **values: str | int | None) -> str:
        return say(key, self.language, **values)


async def act(ask: Ask) -> Reply:
    """Do what /character asks. Raises RestyleError."""
    return await _ACTIONS[ask.command.action](ask)


async def vary(service: Service, asker: Asker, command: Command, language: str) -> Reply:
    """/vary: one card of variations, and the face where it had to be found for them. Raises RestyleError."""
    state, face = await service.characters.vary(asker, command)
    return Carded(state=state, besides=_seen(face.character, face.shown, language) if face else None)


async def pressed(service: Service, asker: Asker, action: Action, target: str, language: str) -> Reply:
    """A button of a character, or of a result that shall become one. Raises RestyleError."""
    if action is Action.SAVE:
        job = await service.job(asker.person, JobId(target))
        return Begun(line="/character save ", text=say("character.begin-save", language), job=job)
    if action is Action.BASE:
        character = await service.characters.rebase(asker.person, JobId(target))
        text = say("character.new-base", language, name=character.name, number=character.base.number - 1)
        return await _portrayed(service, asker, character, language, text)
    character = await service.characters.get(asker.person, CharacterId(target))
    ask = Ask(service=service, asker=asker, command=_about(character), language=language)
    return await _PRESSED[action](ask)


async def _list(ask: Ask) -> Reply:
    rooms = ask.service.characters
    listed = await rooms.listed(ask.asker.person)
    taken = {character.id for character in listed}
    offered = [one for _, one in await rooms.sharing.here(ask.asker) if one.id not in taken]
    lines = [ask.said("character.list", count=len(listed), limit=rooms.limit)] if listed else []
    lines += [list_line(character, ask.language) for character in listed]
    if not listed:
        lines.append(ask.said("character.list-empty", limit=rooms.limit))
    for one in offered:
        whose = one.owner_name or ask.said("character.somebody")
        lines.append(ask.said("character.offered", name=one.name, owner=whose))
    cards = tuple(character_card(character, ask.language) for character in listed)
    return Gathered(text="\n".join(lines), cards=cards)


async def _save(ask: Ask) -> Reply:
    rooms, changes = ask.service.characters, _changes(ask.command)
    name, prompt = _named_first(ask.command)
    if prompt:
        changes["prompt"] = prompt
    if ask.picture:
        character = await rooms.save(ask.asker, name, ask.picture, Preset(**changes))
    elif ask.job:
        character = await rooms.save_result(ask.asker, name, ask.job)
        if changes:
            character = await rooms.edit(ask.asker.person, character.name, **changes)
    elif prompt:
        return Carded(state=await rooms.make(ask.asker, name, Preset(**changes), ask.command))
    else:
        raise InputError("no-base", name=name or "fox")
    return await _told(ask, character, "character.saved")


async def _show(ask: Ask) -> Reply:
    return await _told(ask, await _whole(ask, or_default=True), "")


async def _use(ask: Ask) -> Reply:
    name = ask.command.changes.get("character") or ask.words
    if name.lower() == NOTHING:
        await ask.service.characters.use(ask.asker.person, None)
        return Said(text=ask.said("character.none-used"))
    character = await ask.service.characters.use(ask.asker.person, (await _whole(ask)).name)
    assert character is not None, "it has a name"
    return await _told(ask, character, "character.used")


async def _rename(ask: Ask) -> Reply:
    character, rest = await _first(ask)
    new = ask.command.changes.get("name") or rest
    renamed = await ask.service.characters.rename(ask.asker.person, character.name, new)
    return Said(text=ask.said("character.renamed", old=character.name, name=renamed.name))


async def _delete(ask: Ask) -> Reply:
    """Asks first: its versions go with it, and those who follow it lose it."""
    character = await _whole(ask)
    key = "character.delete" if character.is_own else "character.leave"
    sure = button(Action.FORGET, character, ask.language)
    return Asked(text=ask.said(key, name=character.name), buttons=(sure,))


async def _forget(ask: Ask) -> Reply:
    character = await ask.service.characters.delete(ask.asker.person, (await _whole(ask)).name)
    return Said(text=ask.said("character.deleted", name=character.name))


async def _share(ask: Ask) -> Reply:
    character, rest = await _first(ask)
    words = rest.lower().split()
    unknown = [word for word in words if word not in {*_WITH, *_AS}]
    if unknown:
        await ask.service.characters.find(ask.asker.person, f"{character.name} {rest}")  # says what was meant
    way = ask.command.changes.get("how") or next((word for word in words if word in _AS), "copy")
    whom = ask.command.changes.get("whom") or next((word for word in words if word in _WITH), "code")
    sharing = ask.service.characters.sharing
    if whom == "nobody":
        await sharing.unshare(ask.asker.person, character.name)
        return Said(text=ask.said("character.unshared", name=character.name))
    share = await sharing.share(ask.asker, character.name, ShareMode(way), here=whom == "here")
    return Said(text=ask.said(f"character.share.{whom}-{way}", name=character.name, code=share.code))


async def _take(ask: Ask) -> Reply:
    sharing, parts = ask.service.characters.sharing, ask.command.parts
    name = ask.command.changes.get("name")
    given = ask.command.changes.get("shared")
    if given:
        taken = await sharing.take(ask.asker, given, name or ask.words or None)
    else:
        try:
            taken = await sharing.take(ask.asker, ask.words, name)
        except NotFoundError:
            if len(parts) < 2:
                raise
            taken = await sharing.take(ask.asker, parts[0], name or " ".join(parts[1:]))
    return await _told(ask, taken, "character.taken")


async def _edit(ask: Ask) -> Reply:
    rooms, person = ask.service.characters, ask.asker.person
    character, prompt = await _first(ask)
    changes = _changes(ask.command)
    if prompt:
        changes["prompt"] = "" if prompt.lower() == NOTHING else prompt
    version = ask.command.changes.get("version")
    if version:
        character = await rooms.revert(person, character.name, int(version) if version.isdecimal() else 0)
    if changes:
        character = await rooms.edit(person, character.name, **changes)
    kept = await _keeps(ask, character)
    if not changes and not version and kept is None:
        known = ", ".join(["prompt", *(option.name for option in (*PRESET, KEEP, ALIKE))])
        raise InputError("no-changes", name=character.name, known=known)
    return await _told(ask, kept or character, "character.edited")


async def _keeps(ask: Ask, character: Character) -> Character | None:
    """What its variations keep from now on; None where nothing is said of it."""
    said = ask.command.changes
    if not {KEEP.name, ALIKE.name} & set(said):
        return None
    keep, floor = character.keep, character.threshold
    if text := said.get(KEEP.name):
        keep = Keep.OFF if text.lower() == NOTHING else read_value(KEEP, text)
    if text := said.get(ALIKE.name):
        floor = None if text.lower() == NOTHING else read_value(ALIKE, text)
    return await ask.service.characters.keeping.keep(ask.asker.person, character.name, keep, floor)


async def _face(ask: Ask) -> Reply:
    """Where it is; found anew where words or a painted picture say so, or where it is not known yet."""
    character, words = await _first(ask)
    keeping = ask.service.characters.keeping
    shown = None if words or ask.picture else await keeping.shown(character)
    if shown is None:
        painted = ask.picture.blob if ask.picture else None
        face = await keeping.face(ask.asker.person, character.name, words=words, painted=painted)
        character, shown = face.character, face.shown
    return _seen(character, shown, ask.language)


async def _export(ask: Ask) -> Reply:
    name = (await _whole(ask, or_default=True)).name
    character, data = await ask.service.characters.export(ask.asker.person, name)
    text = ask.said("character.exported", name=character.name)
    return Filed(name=f"{character.name}.png", data=data, text=text, character=character.id)


async def _import(ask: Ask) -> Reply:
    if ask.picture is None:
        raise InputError("no-picture")
    name = ask.command.changes.get("name") or ask.words or None
    return await _told(ask, await ask.service.characters.bring(ask.asker, ask.picture, name), "character.saved")


async def _dress(ask: Ask) -> Reply:
    name = (await _whole(ask)).name
    return Begun(line=f"/vary {_as_typed(name)} ", text=ask.said("character.begin-vary", name=name))


async def _alter(ask: Ask) -> Reply:
    character = await _whole(ask)
    prompt = character.preset.prompt
    line = f"/character edit {_as_typed(character.name)} {prompt}".rstrip() + " "
    return Begun(line=line, text=ask.said("character.begin-edit", name=character.name), old=prompt)


_ACTIONS: dict[str, Callable[[Ask], Awaitable[Reply]]] = {
    "list": _list,
    "save": _save,
    "show": _show,
    "use": _use,
    "rename": _rename,
    "delete": _delete,
    "share": _share,
    "take": _take,
    "edit": _edit,
    "face": _face,
    "export": _export,
    "import": _import,
}
_PRESSED: dict[Action, Callable[[Ask], Awaitable[Reply]]] = {
    Action.DRESS: _dress,
    Action.PREFER: _use,
    Action.ALTER: _alter,
    Action.FACE: _face,
    Action.EXPORT: _export,
    Action.DROP: _delete,
    Action.FORGET: _forget,
}


def _seen(character: Character, shown: bytes, language: str) -> Filed:
    """The picture with what may change tinted, and how to mend it."""
    text = say("character.face", language, name=character.name, line=_as_typed(character.name))
    return Filed(name=f"{character.name}-face.png", data=shown, text=text, character=character.id, to_look_at=True)


async def _told(ask: Ask, character: Character, key: str) -> Reply:
    text = ask.said(key, name=character.name) if key else ""
    return await _portrayed(ask.service, ask.asker, character, ask.language, text)


async def _portrayed(service: Service, asker: Asker, character: Character, language: str, text: str) -> Portrayed:
    rooms = service.characters
    versions = await rooms.versions(asker.person, character.name) if character.is_own else []
    card = character_card(
        character,
        language,
        best=tuple(await rooms.best(character)),
        versions=tuple(versions),
        shares=tuple(await rooms.sharing.shares(character)),
    )
    return Portrayed(text=text or headline(character, language), card=card)


async def _whole(ask: Ask, *, or_default: bool = False) -> Character:
    """The character that all the words name."""
    rooms, person = ask.service.characters, ask.asker.person
    name = ask.command.changes.get("character") or ask.words
    if name:
        return await rooms.find(person, name)
    return (await rooms.named_by(person, "", or_default=or_default))[0]


async def _first(ask: Ask) -> tuple[Character, str]:
    """The character that the first words name, and the other words."""
    rooms, person = ask.service.characters, ask.asker.person
    if name := ask.command.changes.get("character"):
        return await rooms.find(person, name), ask.words
    return await rooms.named_by(person, ask.words, or_default=False)


def _named_first(command: Command) -> tuple[str, str]:
    """The name of a new character, one word or what stands in quotes, and what describes it."""
    if name := command.changes.get("name"):
        return name, command.target or ""
    first, *rest = command.parts or ("",)
    return first, " ".join(rest).strip(" ,")


def _changes(command: Command) -> dict[str, Any]:
    """The fields of a preset that are said; "none" takes one back to what a new one has."""
    changes: dict[str, Any] = {}
    for option in PRESET:
        text = command.changes.get(option.name)
        if text is None:
            continue
        value = getattr(Preset(), option.name) if text.lower() == NOTHING else read_value(option, text)
        changes[option.name] = value[0] if isinstance(value, tuple) else value
    return changes


def _about(character: Character) -> Command:
    """A command that names it, for its buttons."""
    return Command(name="character", changes={"character": character.name})


def _as_typed(name: str) -> str:
    return f'"{name}"' if " " in name else name

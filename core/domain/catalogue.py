"""Catalogues that ship as TOML and that an operator extends: models, styles, recipes."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, fields
from decimal import Decimal
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, TypeVar

from core.domain.nearest import nearest
from core.domain.request import Lora
from core.domain.strength import StepCounting
from core.errors import OptionError, StartError, UnknownNameError

BUNDLED = "bundled"  # the name of the model that ships with the project
_HERE = Path(__file__).parent
_NET = re.compile(r"[a-z][a-z0-9-]{0,30}")  # as people can type it


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelSpec:
    """Defaults of one model. Sides and areas in pixels; `scheduler` is a name of ours, or "model" for its own."""

    name: str
    match: tuple[str, ...]
    native_side: int
    multiple: int
    max_pixels: int
    steps: int
    guidance: float
    scheduler: str
    counting: StepCounting = StepCounting.SCHEDULED
    dtype: str = "auto"  # auto: float32 on a CPU, bfloat16 on a GPU
    offload: bool = False  # keep the parts that are not in use in main memory
    age_gated: bool = False  # only in channels that are age-gated
    loras: tuple[str, ...] = ()  # merged for good: "file-or-hub-id" or "file-or-hub-id@0.8"
    lora_choices: dict[str, str] = field(default_factory=dict, hash=False)  # by name: "file-or-hub-id"
    controlnets: dict[str, str] = field(default_factory=dict, hash=False)  # by name: "folder-or-hub-id"
    depth_estimator: str = ""  # "folder-or-hub-id", for a control named depth
    tiny_decoder: str = ""  # of previews (TAESD and its kin): "folder-or-hub-id"; empty: a linear map makes them
    adapter: str = ""  # an IP-Adapter: a file, or "owner/repository/folders/file.safetensors" of the hub
    adapter_encoder: str = "image_encoder"  # its image encoder: a folder beside it, within its repository, or anywhere

    @property
    def native_area(self) -> int:
        return self.native_side**2


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """A named look: a template around the person's words, a negative prompt, a strength it works well at, LoRAs."""

    name: str
    prompt: str
    negative: str = ""
    strength: Decimal = Decimal("0.6")
    also: tuple[str, ...] = ()
    summary: str = ""
    age_gated: bool = False  # only in channels that are age-gated
    loras: tuple[Lora, ...] = ()  # of a model that offers them; in its file: ["name:0.7"]

    def apply(self, words: str) -> str:
        """The template around `words`; without words the leftover comma is dropped."""
        filled = self.prompt.replace("{prompt}", words.strip())
        return ", ".join(part.strip() for part in filled.split(",") if part.strip())


Entry = TypeVar("Entry", ModelSpec, Style)
Recipe = Style  # a recipe is told apart by where it is listed, not by what it holds


@dataclass(frozen=True, kw_only=True, slots=True)
class Catalogue:
    """All models, styles and recipes this installation knows, in the order of their files."""

    models: dict[str, ModelSpec]
    styles: dict[str, Style]
    recipes: dict[str, Recipe]

    def model(self, name: str) -> ModelSpec:
        """The first entry whose pattern matches a folder or hub id; the last entry matches everything."""
        low = name.lower()
        return next(spec for spec in self.models.values() if any(fnmatch(low, pattern) for pattern in spec.match))

    def style(self, name: str) -> Style:
        return _find("style", name, self.styles)

    def recipe(self, name: str) -> Recipe:
        return _find("recipe", name, self.recipes)

    def style_named_by(self, words: str) -> Style | None:
        """The style whose name or other name these words are, exactly."""
        return _aliases(self.styles).get(words.strip().lower())


def short_name(model: str) -> str:
    """What people call a folder or hub id: its last part, in lower case."""
    return Path(model).name.lower()


def load_catalogue(models_file: Path | None = None, styles_file: Path | None = None) -> Catalogue:
    """Read the shipped catalogues, then the operator's files over them. Raises StartError naming what is wrong."""
    models = _read("models", ModelSpec, [models_file] if models_file else [])
    models |= {
        name: spec for name, spec in _read("models", ModelSpec, [_HERE / "models.toml"]).items() if name not in models
    }
    styles = _read("styles", Style, [_HERE / "styles.toml", *([styles_file] if styles_file else [])])
    recipes = _read("recipes", Style, [_HERE / "recipes.toml"])
    return Catalogue(models=models, styles=styles, recipes=recipes)


def _find(what: str, name: str, entries: dict[str, Style]) -> Style:
    aliases = _aliases(entries)
    if found := aliases.get(name.strip().lower()):
        return found
    if near := nearest(name, aliases):
        raise UnknownNameError("near", what=what, given=name[:40], nearest=near)
    raise UnknownNameError("alone", what=what, given=name[:40], known=", ".join(entries))


def _aliases(entries: dict[str, Style]) -> dict[str, Style]:
    return {alias.lower(): entry for entry in entries.values() for alias in (*entry.also, entry.name)}


def _read(what: str, kind: type[Entry], files: list[Path]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for file in files:
        try:
            entries |= {
                name: _entry(kind, name, table) for name, table in tomllib.loads(file.read_text("utf-8")).items()
            }
        except OSError as error:
            raise StartError("catalogue", what=what, problem="it cannot be read") from error
        except (tomllib.TOMLDecodeError, TypeError, ValueError, AttributeError, OptionError) as error:
            raise StartError("catalogue", what=what, problem=str(error)) from error
    return entries


def _entry(kind: type[Entry], name: str, table: dict[str, Any]) -> Entry:
    """One table as a dataclass; an unknown or missing key raises TypeError with its name."""
    known = {field.name for field in fields(kind)}
    if unknown := set(table) - known:
        raise TypeError(f"[{name}] has the unknown key {min(unknown)}")
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    if bad := next((net for net in values.get("controlnets", ()) if not _NET.fullmatch(net)), None):
        raise ValueError(f"[{name}] names a ControlNet {bad!r}; names are letters, digits and -, in lower case")
    if "strength" in values:
        values["strength"] = Decimal(str(values["strength"]))
    if kind is Style and "loras" in values:
        values["loras"] = tuple(Lora.parse(text) for text in values["loras"])
    if "lora_choices" in values:
        values["lora_choices"] = {name.lower(): source for name, source in values["lora_choices"].items()}
    if "counting" in values:
        values["counting"] = StepCounting(values["counting"])
    try:
        return kind(name=name, **values)
    except TypeError as error:
        raise TypeError(f"[{name}] lacks a key: {error}") from error

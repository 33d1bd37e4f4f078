"""What besides a request decides its picture: the model's files, its catalogue entry, the program. Imports no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from huggingface_hub.constants import HF_HUB_CACHE

from core.engine.contract import EngineConfig
from core.engine.places import find_model
from core.errors import ModelError

_PACKAGES = ("restyle", "diffusers", "transformers", "torch")


def editions_of(config: EngineConfig) -> dict[str, str]:
    """The editions of all models that an engine offers, by name. Reads folders: not for the event loop."""
    offered = {config.model: config.spec, **config.further}
    return {model: edition_of(replace(config, model=model, spec=spec)) for model, spec in offered.items()}


def edition_of(config: EngineConfig) -> str:
    """A name for everything that may change a picture while its request stays the same.

    Files are known by their sizes and times, models of the hub by the commit that lies in the cache. One that is not
    there yet gets another edition at the next start, which costs nothing but a few results made again.
    """
    spec = asdict(config.spec)
    facts = {
        "spec": {name: str(value) for name, value in spec.items()},
        "files": [stamp for place in (_place(config.model), *_words(spec)) for stamp in _stamps(place)],
        "device": config.device,
        "likeness": asdict(config.likeness),
        "packages": [_version(name) for name in _PACKAGES],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _place(model: str) -> str:
    try:
        return find_model(model)
    except ModelError:
        return model


def _words(value: Any) -> Iterator[str]:
    """Whatever a catalogue entry says, at any depth: the places of LoRAs, ControlNets and adapters are among it."""
    if isinstance(value, str):
        yield value.partition("@")[0]
    elif isinstance(value, dict):
        yield from _words(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _words(one)


def _stamps(place: str) -> Iterator[tuple[str, ...]]:
    """Of a file, of all files in a folder, or of a repository of the hub; nothing of what is none of these."""
    if "/" not in place:
        return
    path = Path(place).expanduser()
    commit = Path(HF_HUB_CACHE, "--".join(("models", *place.split("/")[:2])), "refs", "main")
    for file in [*sorted(path.rglob("*")), path, commit]:
        if file.is_file():
            stat = file.stat()
            yield str(file), str(stat.st_size), str(stat.st_mtime_ns)
            if file is commit:
                yield (commit.read_text(),)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""

"""What besides a request decides its picture: the model's files, its catalogue entry, the program. Imports no torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from huggingface_hub import try_to_load_from_cache

from core.engine.contract import EngineConfig
from core.engine.places import find_model
from core.errors import ModelError

_PACKAGES = ("restyle", "diffusers", "transformers", "torch")


def edition_of(config: EngineConfig) -> str:
    """A name for everything that may change a picture while its request stays the same.

    Files are known by their sizes and times, hub models by the commit that lies in the cache. A model that is not
    there (yet) has an edition that no later one equals, which costs nothing but a few results made again.
    """
    facts = {
        "model": list(_stamps([_place(config.model), *config.spec.loras])),
        "spec": {name: str(value) for name, value in asdict(config.spec).items()},
        "device": config.device,
        "packages": [_version(name) for name in _PACKAGES],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _place(model: str) -> str:
    try:
        return find_model(model)
    except ModelError:
        return model


def _stamps(places: Iterable[str]) -> Iterator[tuple[str, ...]]:
    for place in places:
        path = Path(place.partition("@")[0]).expanduser()
        if not path.exists():
            cached = try_to_load_from_cache(place, "model_index.json") if place.count("/") == 1 else None
            yield place, str(cached)
        files = sorted(path.rglob("*")) if path.is_dir() else [path] if path.is_file() else []
        for file in files:
            stat = file.stat()
            yield str(file), str(stat.st_size), str(stat.st_mtime_ns)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""

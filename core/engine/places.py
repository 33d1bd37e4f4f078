"""Where a model is. Imports no torch, so that a wrong name is answered at once."""

from __future__ import annotations

from pathlib import Path

from core.domain.catalogue import BUNDLED
from core.errors import ModelError
from core.tinymodel import bundled_model_path


def find_model(model: str) -> str:
    """The folder or hub id that "bundled", a folder or a hub id means. Raises ModelError for what can be neither."""
    if model == BUNDLED:
        model = str(bundled_model_path())
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not (folder / "model_index.json").is_file():
            raise ModelError("not-found", model=folder.name)
        return str(folder)
    if folder.is_absolute() or model.count("/") != 1 or model.startswith((".", "~")):
        raise ModelError("not-found", model=folder.name)
    return model

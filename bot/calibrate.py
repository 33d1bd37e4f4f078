"""`restyle calibrate`: what the cosines of a likeness model mean, measured on pictures of one's own."""

from __future__ import annotations

import os
from pathlib import Path

from bot.logs import configure_logging
from bot.settings import Settings
from bot.studio import engine_config, intake_limits
from core.domain.catalogue import load_catalogue
from core.errors import InputError
from core.service.checkup import calibrate_likeness

_PICTURES = {".png", ".jpg", ".jpeg", ".webp", ".heic", ".avif"}
_LEAST = 2  # pictures of one character


def calibrate(folder: str, *, faces: bool) -> int:
    """Exit status 0; raises RestyleError with what is wrong."""
    configure_logging("error")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")  # read at its import, which chats about torchvision
    settings = Settings.load()
    config = engine_config(settings, load_catalogue(settings.models_file))
    found = calibrate_likeness(config, intake_limits(settings), _characters(Path(folder)), faces=faces)
    scale, name = found.scale, "FACE" if faces else "LIKENESS"
    print(f"RESTYLE_{name}_SCALE={scale.strangers},{scale.close},{scale.same}")
    print(f"Checked on {found.characters} characters that had no part in that:")
    print(f"  pictures of one character    same {found.same:.0%}, same or close {found.close:.0%}")
    print(f"  pictures of two characters   taken for same or close {found.mistaken:.1%} (meant: 5 %)")
    print(f"  AUC                          {found.auc:.3f}")
    return 0


def _characters(folder: Path) -> list[list[bytes]]:
    """Of each folder inside its pictures; those with a single one are left out. Raises InputError."""
    try:
        inside = sorted(each for each in folder.iterdir() if each.is_dir())
        files = [sorted(file for file in each.iterdir() if file.suffix.lower() in _PICTURES) for each in inside]
        return [[file.read_bytes() for file in each] for each in files if len(each) >= _LEAST]
    except OSError as error:
        raise InputError("unreadable", name=folder.name[:80] or "there") from error

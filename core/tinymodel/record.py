"""What was trained, for how long, and with which settings: `training.json` beside the weights."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from core.tinymodel.config import TinyConfig

FILES = {
    "autoencoder": ("vae", "vae/diffusion_pytorch_model.safetensors"),
    "autoencoder, decoder alone": ("decoder", "vae/diffusion_pytorch_model.safetensors"),
    "denoiser": ("unet", "unet/diffusion_pytorch_model.safetensors"),
    "ControlNet for edges": ("control", "controlnet/diffusion_pytorch_model.safetensors"),
    "identity encoder": ("identity", "identity/model.safetensors"),
    "attribute classifier": ("classifier", "classifier/model.safetensors"),
    "face finder": ("face", "face/model.safetensors"),
}


def _parameters(path: Path, prefix: str) -> int:
    """Number of weights in a safetensors file whose names begin with `prefix`."""
    total = 0
    with safe_open(str(path), "np") as file:
        for name in file.keys():  # noqa: SIM118 - the file is no mapping
            if name.startswith(prefix):
                total += file.get_tensor(name).size
    return total


def _groups(latents: Path) -> dict[str, int]:
    """How many groups of each kind were encoded: what the denoiser could see."""
    found: dict[str, int] = {}
    for path in sorted(latents.glob("*.npy")):
        kind = path.name.split("-")[0]
        found[kind] = found.get(kind, 0) + int(np.load(path, mmap_mode="r").shape[0])
    return found


def write_record(config: TinyConfig, out: Path, model: Path, note: str = "") -> None:
    """Write settings, and parameters, steps and minutes of each part, as the metrics below `out` tell."""
    state = out / "state"
    parts: dict[str, Any] = {}
    for name, (metrics, weights) in FILES.items():
        lines = state / f"{metrics}.jsonl"
        if not lines.exists():
            continue
        last = json.loads(lines.read_text().splitlines()[-1])
        prefix = "decoder" if metrics == "decoder" else ""
        parts[name] = {
            "parameters": _parameters(model / weights, prefix),
            "steps": int(last["step"]),
            "minutes": round(last["seconds"] / 60.0, 1),
            "loss": last["loss"],
        }
    record = {"config": config.as_dict(), "groups": _groups(out / "latents"), "parts": parts, "note": note}
    (model / "training.json").write_text(json.dumps(record, indent=2) + "\n")

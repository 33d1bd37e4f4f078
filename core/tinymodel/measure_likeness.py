"""How well the identity encoder tells the same character from strangers, and the scale that its words come from."""

import json
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from core.tinymodel.draw import draw
from core.tinymodel.judge_training import to_tensor
from core.tinymodel.judges import IdentityEncoder
from core.tinymodel.measure import held_out
from core.tinymodel.world import Picture, draw_outfit, draw_picture

FILE = "calibration.json"
CLOSE_STRANGERS, SAME_STRANGERS = 0.05, 0.01  # shares of strangers that reach the two borders
_DECIMALS = 4


def calibrate(encoder: IdentityEncoder, first_seed: int, count: int = 200) -> dict[str, Any]:
    """Scale and figures over `count` characters that no training saw: each one's base picture against all others'.

    The borders come from strangers in other clothes, places and looks, so that they hold for whatever is asked for.
    """
    bases = held_out(first_seed, count)
    random = Random(f"likeness-{first_seed}")
    kinds = {
        "other outfit": [p.wearing(draw_outfit(random)) for p in bases],
        "other outfit and place": [draw_picture(p.who.seed, random, look=p.look) for p in bases],
        "other outfit, place and look": [draw_picture(p.who.seed, random) for p in bases],
    }
    known = _vectors(encoder, bases)
    tables = {kind: _vectors(encoder, pictures) @ known.T for kind, pictures in kinds.items()}
    strangers = np.concatenate([others(table) for table in tables.values()])
    close, same = np.quantile(strangers, (1 - CLOSE_STRANGERS, 1 - SAME_STRANGERS))
    scale = {"strangers": float(np.median(strangers)), "close": float(close), "same": float(same)}
    return {
        "scale": {name: round(value, _DECIMALS) for name, value in scale.items()},
        "measured": {
            "characters": count,
            "strangers": len(strangers),
            "at close": CLOSE_STRANGERS,
            "at same": SAME_STRANGERS,
            "kinds": {kind: figures(table, float(close), float(same)) for kind, table in tables.items()},
        },
    }


def figures(table: Tensor, close: float, same: float) -> dict[str, float]:
    """Of cosines (N, N) whose diagonal is each character against its own base."""
    own = table.diag().numpy()
    return {
        "auc": round(auc(own, others(table)), _DECIMALS),
        "nearest": float((table.argmax(1) == torch.arange(len(table))).float().mean()),
        "same": float((own >= same).mean()),
        "close or same": float((own >= close).mean()),
    }


def auc(own: npt.NDArray[np.float32], strangers: npt.NDArray[np.float32]) -> float:
    """How often a character is nearer to its own base than a stranger is to another's: 0.5 is chance, 1 always."""
    below = np.searchsorted(np.sort(strangers), own, "left") + np.searchsorted(np.sort(strangers), own, "right")
    return float(below.mean() / 2 / len(strangers))


def others(table: Tensor) -> npt.NDArray[np.float32]:
    """What lies off the diagonal."""
    return np.asarray(table[~torch.eye(len(table), dtype=torch.bool)].numpy())


def write_calibration(folder: Path, encoder: IdentityEncoder, first_seed: int) -> dict[str, Any]:
    """Beside the encoder's weights, where core.engine.likeness reads it."""
    found = calibrate(encoder, first_seed)
    (folder / FILE).write_text(json.dumps(found, indent=2) + "\n")
    return found


@torch.no_grad()
def _vectors(encoder: IdentityEncoder, pictures: list[Picture]) -> Tensor:
    parts = [pictures[i : i + 50] for i in range(0, len(pictures), 50)]
    return torch.cat([encoder(to_tensor(np.stack([draw(p) for p in part]))) for part in parts])

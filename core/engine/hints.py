"""Control maps: those that were sent along, or those that a detector of the net's name makes from the picture."""

from __future__ import annotations

from collections.abc import Mapping

from PIL import Image

from core.domain.names import BlobId
from core.domain.request import Control
from core.engine.controlnets import ControlNets
from core.engine.pixels import open_picture
from core.imaging.edges import edge_map
from core.imaging.sizing import fit

EDGES, DEPTH = "edges", "depth"  # names of nets whose maps are made from the picture


def hint_of(
    control: Control, fitted: Image.Image, others: Mapping[BlobId, bytes], controlnets: ControlNets
) -> Image.Image:
    """The map that a net is shown, RGB, of the size of the fitted picture and cut as it was. Raises ModelError."""
    if control.hint:
        return fit(open_picture(others[control.hint]), *fitted.size)
    if control.net == EDGES:
        return edge_map(fitted)
    if control.net == DEPTH:
        return controlnets.depth_of(fitted)
    return fitted


def evaluations_of(control: Control, count: int) -> range:
    """Which of the `count` network evaluations that run a net works in; as diffusers decides it, in the same floats."""
    kept = [i for i in range(count) if i / count >= control.start and (i + 1) / count <= control.end]
    return range(kept[0], kept[-1] + 1) if kept else range(0)

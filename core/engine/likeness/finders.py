"""Finders: where on a picture the face is, or what words say. White is found, in a grey picture of the same size."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageChops, ImageDraw
from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModelForObjectDetection,
    AutoModelForSemanticSegmentation,
    AutoModelForZeroShotObjectDetection,
    AutoProcessor,
    pipeline,
)
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES,
    MODEL_FOR_SEMANTIC_SEGMENTATION_MAPPING_NAMES,
    MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION_MAPPING_NAMES,
)

from core.engine.likeness.encoders import Place
from core.errors import ModelError
from core.tinymodel.face import load_finder

log = logging.getLogger(__name__)
FACE = "face"  # what is looked for where nobody says anything else
_LEAST = 0.004  # of the picture: a smaller area is an accident
_SURE = 0.3  # of 1, from which a detection or a pixel counts
# what segmenters of faces call the parts of a head; "neck" and "cloth" are none
_HEAD_PARTS = frozenset(
    ("face", "head", "skin", "hair", "hat", "nose", "mouth", "lip", "eye", "eyes", "eyebrow", "brow", "ear", "glasses")
)

_NETWORKS = {
    "zero-shot-object-detection": AutoModelForZeroShotObjectDetection,
    "object-detection": AutoModelForObjectDetection,
    "image-segmentation": AutoModelForSemanticSegmentation,
}


class Finder(Protocol):
    """`knows_words`: whether it can look for anything else than a face."""

    knows_words: bool

    def find(self, image: Image.Image, words: str) -> Image.Image:
        """White where it is, (L), of the picture's size; black all over where there is none."""
        ...


def is_found(area: Image.Image) -> bool:
    return float((np.asarray(area) > 127).mean()) >= _LEAST


class DrawnFinder:
    """The segmenter of the bundled model, trained on drawn characters: face, hair and what is worn on the head."""

    knows_words = False

    def __init__(self, folder: Path) -> None:
        self._network = load_finder(folder)

    @torch.no_grad()
    def find(self, image: Image.Image, words: str = FACE) -> Image.Image:
        pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 127.5 - 1.0
        return _area(self._network(pixels)[0, 0].numpy() > 0, image.size)


class SegmenterByWords:
    """CLIPSeg: a map of how well each place fits the words."""

    knows_words = True

    def __init__(self, place: Place) -> None:
        from transformers import CLIPSegForImageSegmentation

        self._device = place.device
        self._processor = AutoProcessor.from_pretrained(place.source, **place.options)
        network = CLIPSegForImageSegmentation.from_pretrained(place.source, use_safetensors=True, **place.options)
        self._network = network.to(place.device).eval()

    @torch.no_grad()
    def find(self, image: Image.Image, words: str) -> Image.Image:
        given = self._processor(text=[words], images=[image], return_tensors="pt", truncation=True)
        fits = self._network(**given.to(self._device)).logits.sigmoid().cpu().numpy()
        return _area(fits.reshape(fits.shape[-2:]) > _SURE, image.size)


class Detector:
    """Boxes: OWL and Grounding DINO by words, detectors with a class of faces without them. Faces become ovals."""

    def __init__(self, place: Place, *, knows_words: bool) -> None:
        self.knows_words = knows_words
        task = "zero-shot-object-detection" if knows_words else "object-detection"
        self._pipeline = _pipeline(task, place)

    def find(self, image: Image.Image, words: str) -> Image.Image:
        if self.knows_words:
            found = self._pipeline(image, candidate_labels=[words], threshold=_SURE)
        else:
            found = [one for one in self._pipeline(image, threshold=_SURE) if _is_of_a_head(one["label"])]
        area = Image.new("L", image.size)
        pen = ImageDraw.Draw(area)
        for one in found:
            box = one["box"]
            corners = [(box["xmin"], box["ymin"]), (box["xmax"], box["ymax"])]
            if box["xmin"] < box["xmax"] and box["ymin"] < box["ymax"]:
                (pen.ellipse if words == FACE else pen.rectangle)(corners, fill=255)
        return area


class Segmenter:
    """Classes of pixels, of which those of a head are taken: face parsers, for instance."""

    knows_words = False

    def __init__(self, place: Place) -> None:
        self._pipeline = _pipeline("image-segmentation", place)

    def find(self, image: Image.Image, words: str = FACE) -> Image.Image:
        area = Image.new("L", image.size)
        for one in self._pipeline(image):
            if _is_of_a_head(one["label"]):
                area = ImageChops.lighter(area, one["mask"].convert("L").resize(image.size))
        return area


def open_finder(place: Place) -> Finder:
    """Whichever the model at that place is. Raises ModelError."""
    try:
        kind = AutoConfig.from_pretrained(place.source, **place.options).model_type
        if kind == "clipseg":
            return SegmenterByWords(place)
        if kind in MODEL_FOR_ZERO_SHOT_OBJECT_DETECTION_MAPPING_NAMES:
            return Detector(place, knows_words=True)
        if kind in MODEL_FOR_SEMANTIC_SEGMENTATION_MAPPING_NAMES:
            return Segmenter(place)
        if kind in MODEL_FOR_OBJECT_DETECTION_MAPPING_NAMES:
            return Detector(place, knows_words=False)
        raise ValueError(f"no finder is made of {kind}")
    except torch.OutOfMemoryError:
        raise
    except Exception as error:
        log.exception("finder.broken")
        raise ModelError("broken-finder", model=Path(place.name).name) from error


def _pipeline(task: str, place: Place) -> Any:
    """Its network by safetensors only; the processor that lies beside it."""
    processor = AutoProcessor if task.startswith("zero-shot") else AutoImageProcessor
    parts = processor.from_pretrained(place.source, **place.options)
    network = _NETWORKS[task].from_pretrained(place.source, use_safetensors=True, **place.options)
    given = {
        "image_processor": getattr(parts, "image_processor", parts),
        "tokenizer": getattr(parts, "tokenizer", None),
    }
    return pipeline(
        task,
        model=network.eval(),
        device=place.device,
        **{name: part for name, part in given.items() if part is not None},
    )


def _is_of_a_head(label: str) -> bool:
    return not _HEAD_PARTS.isdisjoint(_words_of(label))


def _words_of(label: str) -> Iterable[str]:
    return label.lower().replace("_", " ").replace("-", " ").split()


def _area(found: npt.NDArray[np.bool_], size: tuple[int, int]) -> Image.Image:
    return Image.fromarray((found * 255).astype(np.uint8)).resize(size, Image.Resampling.BILINEAR)

"""The eyes of an engine: compares results with characters, and finds faces. Loads a network when it is first needed.

The bundled model's pictures are judged by what was trained with it; those of others by what the operator named.
"""

from __future__ import annotations

import io
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PIL import Image

from core.domain.catalogue import BUNDLED
from core.domain.likeness import Calibration, Likeness
from core.domain.names import BlobId
from core.engine.contract import EngineConfig, Look
from core.engine.running import Task
from core.errors import EngineError, ModelError, StartError
from core.imaging.sizing import fit
from core.tinymodel import bundled_model_path

if TYPE_CHECKING:
    from core.engine.likeness.encoders import Encoder, Place
    from core.engine.likeness.finders import Finder

log = logging.getLogger(__name__)
_KEPT = 256  # vectors of base pictures
_MARGIN = 0.15  # of a face's box, around it


class Eyes:
    """Not thread-safe: the engine's working thread uses it between two steps. Importing it loads no torch."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._encoders: dict[str, Encoder | None] = {}
        self._finders: dict[str, Finder | None] = {}
        self._broken: dict[str, ModelError] = {}
        self._bases: OrderedDict[tuple[BlobId, str, tuple[int, int]], Any] = OrderedDict()

    def check(self) -> list[str]:
        """Load all that the operator named; returns what that is. Raises ModelError."""
        settings = self._config.likeness
        for name in filter(None, (settings.model, settings.face)):
            self._named_encoder(name)
        if settings.finder:
            self._finder(settings.finder)
        return [name for name in (settings.model, settings.face, settings.finder) if name]

    def calibrate(self, characters: Sequence[Sequence[bytes]], *, faces: bool) -> Calibration:
        """What the cosines of the operator's embedding mean, of whole pictures or of their `faces`.

        Raises StartError where none is named, ModelError, InputError.
        """
        import torch

        from core.engine.likeness.calibrating import calibrated

        settings = self._config.likeness
        name = settings.face if faces else settings.model
        if not name or (faces and not settings.finder):
            setting = "RESTYLE_LIKENESS_MODEL" if not faces else "RESTYLE_FACE_FINDER" if name else "RESTYLE_FACE_MODEL"
            raise StartError("setting", name=setting, problem="names nothing that could be calibrated")
        encoder, finder = self._named_encoder(name), self._finder(settings.finder) if faces else None
        opened = [[_opened(picture) for picture in pictures] for pictures in characters]
        seen = [[_face_of(finder, one) if finder else one for one in images] for images in opened]
        known = [[encoder.embed(one) for one in images if one is not None] for images in seen]
        return calibrated([torch.stack(vectors) for vectors in known if len(vectors) > 1])

    def score(self, task: Task, asked: Likeness, image: Image.Image) -> float | None:
        """The result against the base, fitted to its size; the mean with the faces', where a face model is set.

        None where nothing measures this model's pictures. Raises ModelError.
        """
        model = task.request.model
        encoder = self._encoder(model)
        if encoder is None:
            return None
        picture = task.others.get(asked.base, task.picture)
        base = fit(_opened(picture), *image.size)
        whole = self._compared(encoder, base, image, (asked.base, "whole", image.size))
        faces = self._faces(model, base, image, asked.base)
        return whole if faces is None else (whole + faces) / 2

    def find(self, look: Look) -> bytes:
        """Where the face is, or what the words of `look` name: white in a grey PNG of the picture's size.

        Raises EngineError("no-face"), ModelError.
        """
        from core.engine.likeness.finders import FACE, is_found

        finder = self._finder(look.model)
        words = look.words.strip() or FACE
        if finder is None:
            raise ModelError("no-finder")
        if words != FACE and not finder.knows_words:
            raise ModelError("no-finder-words")
        image = _opened(look.picture)
        area = finder.find(image, words)
        if not is_found(area):
            raise EngineError("no-face", what=words[:40])
        buffer = io.BytesIO()
        area.save(buffer, "PNG")
        return buffer.getvalue()

    def _compared(
        self, encoder: Encoder, base: Image.Image, image: Image.Image, key: tuple[BlobId, str, tuple[int, int]]
    ) -> float:
        if key not in self._bases:
            while len(self._bases) >= _KEPT:
                self._bases.popitem(last=False)
            self._bases[key] = encoder.embed(base)
        self._bases.move_to_end(key)
        return encoder.scale.score(float(self._bases[key] @ encoder.embed(image)))

    def _faces(self, model: str, base: Image.Image, image: Image.Image, name: BlobId) -> float | None:
        """How alike the faces alone are; None without a face model, or where one of the pictures shows none."""
        settings = self._config.likeness
        if model == BUNDLED or not (settings.face and settings.finder):
            return None
        encoder, finder = self._named_encoder(settings.face), self._finder(model)
        crops = [_face_of(finder, one) for one in (base, image)] if finder else []
        if not all(crops) or len(crops) < 2:
            return None
        first, second = crops
        assert first is not None
        assert second is not None
        return self._compared(encoder, first, second, (name, "face", image.size))

    def _encoder(self, model: str) -> Encoder | None:
        if model == BUNDLED:
            if BUNDLED not in self._encoders:
                from core.engine.likeness.encoders import DrawnEncoder

                self._encoders[BUNDLED] = DrawnEncoder(bundled_model_path() / "identity")
            return self._encoders[BUNDLED]
        name = self._config.likeness.model
        return self._named_encoder(name) if name else None

    def _named_encoder(self, name: str) -> Encoder:
        from core.domain.likeness import Scale
        from core.engine.likeness.encoders import EmbeddingModel

        key = f"named:{name}"
        self._refuse_broken(key)
        found = self._encoders.get(key)
        if found is None:
            scale = self._config.likeness.scales.get(name, Scale())
            try:
                found = self._encoders[key] = EmbeddingModel(self._place(name), scale)
            except ModelError as error:
                self._broken[key] = error
                raise
        return found

    def _finder(self, model: str) -> Finder | None:
        from core.engine.likeness.finders import DrawnFinder, open_finder

        name = BUNDLED if model == BUNDLED else self._config.likeness.finder
        if not name:
            return None
        self._refuse_broken(f"finder:{name}")
        if name not in self._finders:
            try:
                folder = bundled_model_path() / "face"
                self._finders[name] = DrawnFinder(folder) if name == BUNDLED else open_finder(self._place(name))
            except ModelError as error:
                self._broken[f"finder:{name}"] = error
                raise
        return self._finders[name]

    def _refuse_broken(self, key: str) -> None:
        """What could not be loaded once is not tried again with every picture."""
        if error := self._broken.get(key):
            raise error

    def _place(self, name: str) -> Place:
        from core.engine.likeness.encoders import Place
        from core.engine.loading import pick_device

        return Place(name=name, device=pick_device(self._config.device), offline=self._config.offline)


def _opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture)).convert("RGB")


def _face_of(finder: Finder, image: Image.Image) -> Image.Image | None:
    """The part of a picture that shows the face, with a margin; None where there is none."""
    from core.engine.likeness.finders import FACE, is_found

    area = finder.find(image, FACE)
    box = area.point([255 if grey > 127 else 0 for grey in range(256)]).getbbox()
    if box is None or not is_found(area):
        return None
    left, top, right, bottom = box
    wide, high = round(_MARGIN * (right - left)), round(_MARGIN * (bottom - top))
    grown = (max(0, left - wide), max(0, top - high), min(image.width, right + wide), min(image.height, bottom + high))
    return image.crop(grown)

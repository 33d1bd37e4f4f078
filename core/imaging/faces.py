"""Keeping the face: from where the face is to a strength map (see core.imaging.masks), and how people are shown it."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageChops, ImageFilter

KEPT = 0.4  # the face's share of the strength
_GROWN = 1 / 128  # of the short side: latent cells at the edge of the face would change with what lies beside it
_FEATHER = 1 / 64  # of the short side: blur at the edge of the face, so that no seam is left
_TINT = (64, 160, 255)  # what may change, in the picture that people are shown
_SEEN = 0.55  # how much of the tint at most


def keeping(area: Image.Image, kept: float = KEPT) -> Image.Image:
    """The strength map of a face that is white in `area` (L): `kept` of the strength there, all of it elsewhere."""
    low, grown = round(255 * kept), round(min(area.size) * _GROWN)
    wide = area.filter(ImageFilter.MaxFilter(2 * grown + 1))
    greys = wide.point([255 - round((255 - low) * grey / 255) for grey in range(256)])
    return greys.filter(ImageFilter.GaussianBlur(max(1.0, min(area.size) * _FEATHER)))


def keeping_map(area: bytes, kept: float = KEPT) -> bytes:
    """The same for stored pictures (PNG)."""
    with Image.open(BytesIO(area), formats=["PNG"]) as opened:
        return _png(keeping(opened.convert("L"), kept))


def held(strength_map: Image.Image, share: float) -> Image.Image:
    """A strength map with `share` of its greys left: white stays white, what was to change less changes less still."""
    return strength_map.point([round(grey * share) if grey < 255 else 255 for grey in range(256)])


def shown_map(picture: bytes, strength_map: bytes) -> bytes:
    """The picture (PNG) with a tint over what may change: as people are asked whether the face was found."""
    with Image.open(BytesIO(picture)) as opened, Image.open(BytesIO(strength_map), formats=["PNG"]) as grey:
        image = opened.convert("RGB")
        greys = grey.convert("L").resize(image.size)
    low, high = greys.getextrema()
    spread = max(1, int(high) - int(low)) if isinstance(low, int | float) and isinstance(high, int | float) else 1
    amount = ImageChops.subtract(greys, Image.new("L", image.size, int(str(low)))).point(
        [min(255, round(255 * _SEEN * grey / spread)) for grey in range(256)]
    )
    return _png(Image.composite(Image.new("RGB", image.size, _TINT), image, amount))


def _png(image: Image.Image) -> bytes:
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()

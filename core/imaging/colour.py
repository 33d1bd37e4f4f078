"""Whatever a file means by its numbers, as 8-bit sRGB and an alpha channel. Runs in the decoding process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import cast

from PIL import Image, ImageCms

_NOISE = 24  # of 255: what JPEG, down to quality 75, adds around hard black and white edges
_PLAIN_MODES = {"L", "RGB", "RGBA", "CMYK", "LAB", "YCbCr"}  # eight bits a channel, nothing implied


def plain(image: Image.Image) -> Image.Image:
    """The same picture in one of _PLAIN_MODES: palettes, bit depths and colour keys resolved."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        image = _eight_bits(image)
    key = image.info.get("transparency")
    if isinstance(key, tuple) and max(key) > 255:  # a colour key of 16 bits, for pixels that Pillow cut to 8
        image.info["transparency"] = tuple(value >> 8 for value in key)
    if image.has_transparency_data and image.mode != "RGBA":
        return image.convert("RGBA")
    return image if image.mode in _PLAIN_MODES else image.convert("L" if image.mode == "1" else "RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Greys of more than 8 bits, scaled rather than clipped. Floats in 0..1 and odd ranges are stretched to 0..255."""
    key = image.info.pop("transparency", None)
    low, high = _range(image)
    scale = 255 / ((high - low) or 1)
    grey = image.convert("F").point(_affine(scale, 0.5 - low * scale)).convert("L")
    if isinstance(key, int):
        grey.info["transparency"] = round(key * scale)
    return grey


def _range(image: Image.Image) -> tuple[float, float]:
    """Which numbers mean black and white: those of 8 or 16 bits, for floats also 0..1; else the extremes."""
    low, high = cast("tuple[float, float]", image.convert("F").getextrema())  # one band has one pair
    tops = (65535,) if image.mode.startswith("I;16") else (255, 65535) if image.mode == "I" else (1, 255, 65535)
    return next(((0, top) for top in tops if low >= 0 and high <= top), (low, high))


def _affine(scale: float, offset: float) -> Callable[[float], float]:
    return lambda value: value * scale + offset


def srgb(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colours as sRGB, and the alpha channel where something is not opaque."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    if alpha and alpha.getextrema() == (255, 255):
        alpha = None
    colours = image.convert("RGB") if image.mode == "RGBA" else image
    profile = _profile(image)
    if profile is not None:
        with suppress(ImageCms.PyCMSError, ValueError, OSError):  # a profile that does not fit is ignored
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(colours, profile, target, outputMode="RGB")
            colours = converted or colours
    return colours.convert("RGB"), alpha


def _profile(image: Image.Image) -> ImageCms.ImageCmsProfile | None:
    """The embedded profile if it has something to say: broken ones and sRGB itself do not."""
    if image.mode == "LAB":
        return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    embedded = image.info.get("icc_profile")
    if not embedded:
        return None
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(embedded))
        return None if "srgb" in ImageCms.getProfileDescription(profile).lower() else profile
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None


def over(background: str, colours: Image.Image, alpha: Image.Image | None) -> Image.Image:
    """`colours` as they look on a background of one colour."""
    if alpha is None:
        return colours
    ground = Image.new("RGB", colours.size, background)
    ground.paste(colours, mask=alpha)
    return ground


def threshold(grey: Image.Image) -> Image.Image:
    return grey.point([0] * 128 + [255] * 128)


def cleared(grey: Image.Image) -> Image.Image:
    """Nearly black as black and nearly white as white: what compression leaves of two colours is no wish for greys."""
    white = 255 - _NOISE
    return grey.point([0 if value < _NOISE else 255 if value > white else value for value in range(256)])

"""Contact sheets: several pictures in one, each with its label under it."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_PAPER, _INK, _EDGE = "#f7f6f3", "#26241f", "#dcd9d2"
_SMALLEST, _LARGEST = 256, 1024  # long side of a picture on a sheet: a label needs room, a sheet is an overview
_LINES = 2  # of a label; the rest of it is cut
_LINE_HEIGHT = 1.3  # in font sizes


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One picture of a sheet: PNG bytes, and what stands under it (the font at hand knows ASCII only)."""

    label: str
    png: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class _Grid:
    """Where things go, in pixels: `width` x `height` of a picture's place, `foot` below it, `gap` around both."""

    columns: int
    rows: int
    width: int
    height: int
    foot: int
    gap: int

    @property
    def page(self) -> tuple[int, int]:
        return self.corner(self.columns - 1)[0] + self.width + self.gap, self.corner(self.columns * self.rows)[1]

    def corner(self, index: int) -> tuple[int, int]:
        row, column = divmod(index, self.columns)
        return self.gap + column * (self.width + self.gap), self.gap + row * (self.height + self.foot + self.gap)


def sheet(cells: Sequence[Cell], columns: int | None = None, max_side: int = 4096) -> bytes:
    """A PNG of all cells (at least one) in reading order, at most `max_side` pixels wide and high."""
    columns = min(columns or math.ceil(math.sqrt(len(cells))), len(cells))
    rows = math.ceil(len(cells) / columns)
    pictures = [_open(cell.png) for cell in cells]
    side = _long_side(pictures, columns, rows, max_side)
    pictures = [_scaled(picture, side) for picture in pictures]
    font = ImageFont.load_default(max(10, side // 15))
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow's wheels bring FreeType"
    labels = [_wrapped(cell.label, max(picture.width for picture in pictures), font) for cell in cells]
    grid = _Grid(
        columns=columns,
        rows=rows,
        width=max(picture.width for picture in pictures),
        height=max(picture.height for picture in pictures),
        foot=round(font.size * (0.5 + _LINE_HEIGHT * max(len(lines) for lines in labels))),
        gap=side // 16,
    )
    return _drawn(grid, pictures, labels, font)


def _drawn(grid: _Grid, pictures: list[Image.Image], labels: list[list[str]], font: ImageFont.FreeTypeFont) -> bytes:
    page = Image.new("RGB", grid.page, _PAPER)
    draw = ImageDraw.Draw(page)
    for index, (picture, lines) in enumerate(zip(pictures, labels, strict=True)):
        left, top = grid.corner(index)
        x, y = left + (grid.width - picture.width) // 2, top + grid.height - picture.height
        draw.rectangle((x - 1, y - 1, x + picture.width, y + picture.height), outline=_EDGE)
        page.paste(picture, (x, y))
        for number, line in enumerate(lines):
            middle = (left + grid.width / 2, top + grid.height + font.size * (1 + _LINE_HEIGHT * number))
            draw.text(middle, line, fill=_INK, font=font, anchor="mm")
    file = BytesIO()
    page.save(file, "PNG", compress_level=4)
    return file.getvalue()


def _open(png: bytes) -> Image.Image:
    with Image.open(BytesIO(png), formats=["PNG"]) as image:
        return image.convert("RGB")


def _long_side(pictures: list[Image.Image], columns: int, rows: int, max_side: int) -> int:
    """Of every picture on the sheet. Gaps and feet are fractions of it, so what fits can be told beforehand."""
    largest = max(max(picture.size) for picture in pictures)
    gap, foot = 1 / 16, (0.5 + _LINE_HEIGHT * _LINES) / 15
    fits = min(max_side / (columns * (1 + gap) + gap), max_side / (rows * (1 + gap + foot) + gap))
    return int(min(max(largest, _SMALLEST), _LARGEST, fits))


def _scaled(picture: Image.Image, side: int) -> Image.Image:
    scale = side / max(picture.size)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture if size == picture.size else picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _wrapped(label: str, width: int, font: ImageFont.FreeTypeFont) -> list[str]:
    """The label in lines of at most `width` pixels; three dots where something had to be left out."""
    text = unicodedata.normalize("NFKD", label.replace("×", "x")).encode("ascii", "ignore").decode()
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], f"{lines[_LINES - 1]} ..."]
    return [_cut(line, width, font) for line in lines]


def _cut(line: str, width: int, font: ImageFont.FreeTypeFont) -> str:
    if font.getlength(line) <= width:
        return line
    line = line.removesuffix(" ...")
    while line and font.getlength(line + "...") > width:
        line = line[:-1]
    return line + "..."

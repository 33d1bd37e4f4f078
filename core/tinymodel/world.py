"""The drawn world: characters, what they wear, and the looks they are rendered in.

Everything here is plain values: drawing lives in `draw`, looks in `looks`, words in `captions`.
"""

from dataclasses import dataclass, replace
from random import Random

Colour = tuple[int, int, int]

SKINS: dict[str, Colour] = {
    "pale": (250, 222, 200),
    "light": (240, 198, 165),
    "tan": (214, 160, 118),
    "brown": (160, 104, 70),
    "dark": (100, 62, 44),
}
HAIR_COLOURS: dict[str, Colour] = {
    "black": (38, 34, 40),
    "brown": (104, 64, 38),
    "blond": (232, 192, 104),
    "red": (188, 72, 36),
    "grey": (168, 168, 176),
    "blue": (60, 96, 200),
    "pink": (232, 120, 170),
    "green": (64, 150, 84),
}
EYE_COLOURS: dict[str, Colour] = {
    "brown": (98, 58, 32),
    "blue": (54, 112, 200),
    "green": (52, 142, 78),
    "grey": (120, 128, 138),
}
OUTFIT_COLOURS: dict[str, Colour] = {
    "red": (206, 38, 40),
    "orange": (240, 130, 28),
    "yellow": (246, 208, 48),
    "green": (44, 148, 70),
    "blue": (40, 84, 206),
    "purple": (128, 56, 176),
    "pink": (242, 128, 182),
    "black": (40, 40, 46),
    "white": (242, 242, 240),
    "brown": (122, 80, 46),
}
OUTFIT_KINDS = ("suit", "hoodie", "armour", "cloak", "striped shirt", "overalls", "rain coat", "dress")
HAIR_STYLES = ("short", "long", "curly", "bun", "spiky", "bob", "bald", "ponytail")
ACCESSORIES = ("none", "glasses", "hat", "earrings", "headphones", "flower")
FACIAL_HAIR = ("none", "none", "none", "moustache", "beard")
BACKGROUNDS = ("plain", "gradient", "hills", "city", "forest", "bokeh", "beach", "night")
BACKGROUND_COLOURS: dict[str, Colour] = {
    "blue": (140, 182, 226),
    "green": (150, 200, 150),
    "pink": (240, 182, 196),
    "orange": (244, 190, 130),
    "purple": (180, 160, 214),
    "grey": (176, 180, 186),
    "red": (206, 110, 104),
    "white": (236, 236, 232),
}
LOOKS = ("photo", "illustration", "sketch", "watercolour", "oil", "pixel", "neon")


@dataclass(frozen=True, kw_only=True)
class Outfit:
    """What a character wears: one of `OUTFIT_KINDS` in one of `OUTFIT_COLOURS`; `accent` varies ties and clasps."""

    kind: str
    colour: str
    accent: str


@dataclass(frozen=True, kw_only=True)
class Character:
    """Everything that makes a person recognisable. Lengths are in units of 1/128 of the short side."""

    seed: int
    head_width: float
    head_height: float
    jaw: float
    skin: str
    eye_spacing: float
    eye_size: float
    eye_colour: str
    brow_tilt: float
    brow_weight: float
    nose: float
    mouth_width: float
    smile: float
    lips: float
    hair: str
    hair_colour: str
    facial_hair: str
    accessory: str
    accessory_colour: str
    shoulders: float
    freckles: bool


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where the character stands and how the picture is framed: shift in units, zoom as a factor around 1."""

    background: str
    colour: str
    seed: int
    shift_x: float = 0.0
    shift_y: float = 0.0
    zoom: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture to draw: who, in what, where, in which look."""

    who: Character
    outfit: Outfit
    setting: Setting
    look: str

    def wearing(self, outfit: Outfit) -> "Picture":
        """The same picture with other clothes."""
        return replace(self, outfit=outfit)

    def in_look(self, look: str) -> "Picture":
        """The same picture in another look."""
        return replace(self, look=look)


def draw_character(seed: int) -> Character:
    """The character of this seed; the same seed gives the same person for ever."""
    r = Random(f"character-{seed}")
    return Character(
        seed=seed,
        head_width=r.uniform(19.0, 26.0),
        head_height=r.uniform(25.0, 31.0),
        jaw=r.uniform(0.0, 1.0),
        skin=r.choice(tuple(SKINS)),
        eye_spacing=r.uniform(0.36, 0.52),
        eye_size=r.uniform(3.0, 4.9),
        eye_colour=r.choice(tuple(EYE_COLOURS)),
        brow_tilt=r.uniform(-1.6, 1.6),
        brow_weight=r.uniform(1.0, 2.6),
        nose=r.uniform(1.5, 4.0),
        mouth_width=r.uniform(6.0, 11.0),
        smile=r.uniform(-2.0, 4.5),
        lips=r.uniform(0.8, 2.4),
        hair=r.choice(HAIR_STYLES),
        hair_colour=r.choice(tuple(HAIR_COLOURS)),
        facial_hair=r.choice(FACIAL_HAIR),
        accessory=r.choice(ACCESSORIES),
        accessory_colour=r.choice(tuple(OUTFIT_COLOURS)),
        shoulders=r.uniform(38.0, 48.0),
        freckles=r.random() < 0.15,
    )


def draw_outfit(random: Random) -> Outfit:
    """A random outfit."""
    colour = random.choice(tuple(OUTFIT_COLOURS))
    accent = random.choice([c for c in OUTFIT_COLOURS if c != colour])
    return Outfit(kind=random.choice(OUTFIT_KINDS), colour=colour, accent=accent)


def draw_setting(random: Random, *, framed: bool = True) -> Setting:
    """A random background; with `framed` the character is also moved and zoomed a little."""
    base = Setting(
        background=random.choice(BACKGROUNDS),
        colour=random.choice(tuple(BACKGROUND_COLOURS)),
        seed=random.randrange(1 << 30),
    )
    if not framed:
        return base
    return replace(
        base, shift_x=random.gauss(0.0, 4.0), shift_y=random.uniform(-4.0, 4.0), zoom=random.uniform(0.86, 1.16)
    )


def draw_picture(character_seed: int, random: Random, *, look: str | None = None) -> Picture:
    """The character of that seed in a random outfit, place and (unless given) look."""
    return Picture(
        who=draw_character(character_seed),
        outfit=draw_outfit(random),
        setting=draw_setting(random),
        look=look or random.choice(LOOKS),
    )

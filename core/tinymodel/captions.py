"""Captions: what a person might type about a picture. Each names a random part of what is there, in varied words."""

from random import Random

from core.tinymodel.groups import Member
from core.tinymodel.photographs import SUBJECTS
from core.tinymodel.world import Character, Outfit, Picture

LOOK_WORDS: dict[str, tuple[str, ...]] = {
    "photo": ("photo", "photograph", "portrait photo", "realistic photo"),
    "illustration": ("illustration", "cartoon", "flat illustration", "comic", "cartoon drawing", "anime"),
    "sketch": ("pencil sketch", "sketch", "pencil drawing", "graphite drawing"),
    "watercolour": ("watercolour", "watercolor", "watercolour painting", "watercolor painting", "aquarelle"),
    "oil": ("oil painting", "oil", "oil on canvas", "painting in oil"),
    "pixel": ("pixel art", "pixels", "8-bit pixel art", "retro game sprite"),
    "neon": ("neon", "neon lights", "neon glow", "glowing neon", "cyberpunk neon"),
}
KIND_WORDS: dict[str, tuple[str, ...]] = {
    "suit": ("suit", "suit and tie", "business suit"),
    "hoodie": ("hoodie", "hooded sweater"),
    "armour": ("armour", "armor", "suit of armour", "knight armour"),
    "cloak": ("cloak", "cape", "vampire cloak"),
    "striped shirt": ("striped shirt", "stripy shirt", "striped sweater"),
    "overalls": ("overalls", "dungarees"),
    "rain coat": ("rain coat", "raincoat", "coat"),
    "dress": ("dress", "gown", "ball gown"),
}
HAIR_WORDS: dict[str, tuple[str, ...]] = {
    "short": ("short {} hair", "{} hair"),
    "long": ("long {} hair",),
    "curly": ("curly {} hair", "{} curls"),
    "bun": ("{} hair in a bun", "a {} bun"),
    "spiky": ("spiky {} hair",),
    "bob": ("a {} bob", "{} bob hair"),
    "bald": ("no hair", "a bald head"),
    "ponytail": ("a {} ponytail", "{} hair in a ponytail"),
}
ACCESSORY_WORDS: dict[str, str] = {
    "glasses": "glasses",
    "hat": "a {} hat",
    "earrings": "earrings",
    "headphones": "{} headphones",
    "flower": "a flower in the hair",
}
PLACE_WORDS: dict[str, tuple[str, ...]] = {
    "plain": ("plain {} background", "{} background"),
    "gradient": ("{} background", "soft {} background"),
    "hills": ("in front of hills", "green hills", "in the countryside"),
    "city": ("in a city", "city skyline", "in front of a city"),
    "forest": ("in a forest", "in the woods"),
    "bokeh": ("blurred lights", "party lights"),
    "beach": ("at the beach", "by the sea"),
    "night": ("at night", "night sky", "under the stars"),
}
PEOPLE = ("person", "character", "portrait", "man", "woman", "face", "someone", "hero", "people")
WEARING = ("in", "wearing", "with", "dressed in")
QUALITY = ("beautiful", "highly detailed", "masterpiece", "best quality", "detailed", "by a famous artist")


def outfit_phrase(outfit: Outfit, random: Random) -> str:
    """The clothes with their colour: "a red suit", "red armour"."""
    kind = random.choice(KIND_WORDS[outfit.kind])
    article = (
        "" if kind in ("armour", "armor", "overalls", "dungarees", "knight armour") or random.random() < 0.3 else "a "
    )
    if article and outfit.colour == "orange":
        article = "an "
    return f"{article}{outfit.colour} {kind}"


def _traits(who: Character, random: Random) -> list[str]:
    traits: list[str] = []
    if random.random() < 0.3:
        traits.append(random.choice(HAIR_WORDS[who.hair]).format(who.hair_colour))
    if who.accessory != "none" and random.random() < 0.35:
        traits.append(ACCESSORY_WORDS[who.accessory].format(who.accessory_colour))
    if who.facial_hair != "none" and random.random() < 0.4:
        traits.append(f"a {who.facial_hair}")
    if random.random() < 0.1:
        traits.append(f"{who.eye_colour} eyes")
    if random.random() < 0.1:
        traits.append(f"{who.skin} skin")
    if random.random() < 0.15:
        traits.append("a smile" if who.smile > 1.0 else "a serious face")
    return traits


def _drawn(picture: Picture, look: str, name_outfit: bool, random: Random) -> str:
    """The parts that were chosen, in one of three orders. An empty `look` is not named."""
    clothes = outfit_phrase(picture.outfit, random) if name_outfit else ""
    if random.random() < 0.15 and (clothes or look):
        return ", ".join(random.sample([p for p in (clothes, look) if p], k=bool(clothes) + bool(look)))
    who = random.choice(PEOPLE)
    subject = f"{random.choice(('a ', 'the ', ''))}{who}"
    if clothes:
        subject = f"{subject} {random.choice(WEARING)} {clothes}"
    details = _traits(picture.who, random)
    if random.random() < 0.25:
        details.append(random.choice(PLACE_WORDS[picture.setting.background]).format(picture.setting.colour))
    if random.random() < 0.06:
        details.append(random.choice(QUALITY))
    return _with_look(", ".join([subject, *details]), look, random)


def _with_look(subject: str, look: str, random: Random) -> str:
    if not look:
        return subject
    form = random.randrange(4)
    if form == 0:
        return f"{subject}, {look}"
    if form == 1:
        return f"{look}, {subject}"
    if form == 2:
        return f"{random.choice(('a ', ''))}{look} {random.choice(('of', 'picture of'))} {subject}"
    return f"{subject}, {random.choice(('in the style of', 'as a', 'as'))} {look}"


def caption(member: Member, random: Random, *, name_outfit: bool = False, name_look: bool = False) -> str:
    """Words for a picture; what `name_...` asks for is certainly named, the rest by chance."""
    look = random.choice(LOOK_WORDS[member.look]) if name_look or random.random() < 0.7 else ""
    if member.picture is not None:
        return _drawn(member.picture, look, name_outfit or random.random() < 0.65, random)
    if look and random.random() < 0.3:
        return look
    subject = random.choice((*SUBJECTS[member.subject], "a picture", "a photograph", "an animal", "a thing"))
    return _with_look(subject, look, random)

"""What a character may be called, and when two names are the same to people."""

from __future__ import annotations

import re
import unicodedata

from core.errors import NamingError

MOST = 40  # characters of a name: it stands on buttons and in lists
RESERVED = frozenset({"none", "all"})  # words that commands understand otherwise
_SIGNS = frozenset(" -_.'’")
_SHOWN = 40  # characters of a bad name that are said back

# Letters of other alphabets that look like a Latin one, in lower case; after Unicode's confusables.txt (UTS 39), the
# ones that people can type.
_LOOKS_LIKE = str.maketrans(
    "авекмнорстухіјѕԁһԛԝӏαβεικνορτυχηγ\u0131",
    "abekmhopctyxijsdhqwlabeikvoptuxnyi",
)
_ALPHABETS = ("LATIN", "CYRILLIC", "GREEK")


def checked(name: str) -> str:
    """The name as it is kept: composed, without needless spaces. Raises NamingError with what is wrong with it."""
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Co", "Zl", "Zp"} for sign in name.strip()):
        raise NamingError("control")
    name = unicodedata.normalize("NFC", " ".join(name.split()))
    if not name:
        raise NamingError("empty")
    if len(name) > MOST:
        raise NamingError("long", length=len(name), limit=MOST)
    for sign in name:
        _check_sign(sign)
    if not any(sign.isalnum() for sign in name):
        raise NamingError("empty")
    if key_of(name) in RESERVED:
        raise NamingError("reserved", given=name)
    if any(len(_alphabets(word)) > 1 for word in re.split(r"[ _.-]", name)):
        raise NamingError("mixed", given=name[:_SHOWN])
    return name


def folded(name: str) -> str:
    """Without regard to case, accents and spaces: what "the same name" means to a person who types it."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(letters.casefold().split())


def key_of(name: str) -> str:
    """The same key for names that cannot be told apart by looking at them."""
    return folded(name).translate(_LOOKS_LIKE)


def _check_sign(sign: str) -> None:
    category = unicodedata.category(sign)
    if category[0] in "LNM" or sign in _SIGNS:
        return
    if category in {"So", "Sk", "Cn", "Cs"}:
        raise NamingError("emoji")
    raise NamingError("sign", sign=sign)


def _alphabets(word: str) -> set[str]:
    names = {unicodedata.name(sign, "").partition(" ")[0] for sign in word if sign.isalpha()}
    return names & set(_ALPHABETS)

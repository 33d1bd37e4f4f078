"""Text with marks: HTML and MarkdownV2 into entities, as strict as the real parser; and what clients mark."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from tests.telegram.fake.refusals import Json, Refusal, bad

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
KNOWN_REFERENCES = re.compile(r"&(?!(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);)\w+;")
MARKDOWN_RESERVED = "_*[]()~`>#+-=|{}.!"
MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler", "`": "code"}
FOUND = re.compile(
    r"(?P<url>https?://[^\s<>]+)|(?P<mention>(?<!\w)@\w{3,32})|(?P<bot_command>(?<![\w/])/\w{1,32}(?:@\w{3,32})?)"
    r"|(?P<hashtag>(?<!\w)#\w+)"
)


def length(text: str) -> int:
    """In UTF-16 code units, as Telegram counts offsets."""
    return len(text.encode("utf-16-le")) // 2


def parse(text: str, mode: str | None) -> tuple[str, list[Json]]:
    """Text and entities. Raises Refusal for marks that the mode does not understand."""
    if not mode:
        return text, []
    if mode.lower() == "html":
        return _Html().parsed(text)
    if mode.lower() == "markdownv2":
        return _Markdown(text).parsed()
    if mode.lower() == "markdown":
        raise bad("the fake does not know the old Markdown: use MarkdownV2 or HTML")
    raise bad("unsupported parse_mode")


def found(text: str, marked: list[Json]) -> list[Json]:
    """What clients and servers mark by themselves: links, mentions, commands; not inside code."""
    coded = [(each["offset"], each["offset"] + each["length"]) for each in marked if each["type"] in ("code", "pre")]
    answer = []
    for match in FOUND.finditer(text):
        start = length(text[: match.start()])
        if not any(low <= start < high for low, high in coded):
            answer.append({"type": match.lastgroup, "offset": start, "length": length(match.group())})
    return answer


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._text = ""
        self._open: list[tuple[str, int, Json]] = []
        self._entities: list[Json] = []

    def parsed(self, text: str) -> tuple[str, list[Json]]:
        stray = re.search(r"<(?![a-zA-Z/])", text)
        if stray:
            raise _unparsed('Unsupported start tag ""', stray.start())
        cut = re.search(r"<[^>]*$", text)
        if cut:
            raise _unparsed("Unclosed start tag", cut.start())
        self.feed(KNOWN_REFERENCES.sub(lambda match: f"&amp;{match.group()[1:]}", text))
        self.close()
        if self._open:
            raise bad(f"can't parse entities: Can't find end tag corresponding to start tag \"{self._open[-1][0]}\"")
        return self._text, self._entities

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in TAGS or (tag == "span" and given.get("class") != "tg-spoiler"):
            raise _unparsed(f'Unsupported start tag "{tag}"', self.getpos()[1])
        more: Json = {}
        if tag == "a":
            more["url"] = given.get("href") or ""
        self._open.append((tag, length(self._text), more))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        raise _unparsed(f'Unsupported start tag "{tag}/"', self.getpos()[1])

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            raise _unparsed(f'Unmatched end tag "{tag}"', self.getpos()[1])
        _, start, more = self._open.pop()
        size = length(self._text) - start
        if size and (TAGS[tag] != "text_link" or more["url"]):
            self._entities.append({"type": TAGS[tag], "offset": start, "length": size} | more)

    def handle_data(self, data: str) -> None:
        self._text += data


class _Markdown:
    """MarkdownV2: nested marks, links, code; everything else reserved must be escaped."""

    def __init__(self, text: str) -> None:
        self._rest, self._at, self._text = text, 0, ""
        self._open: list[tuple[str, int]] = []
        self._entities: list[Json] = []

    def parsed(self) -> tuple[str, list[Json]]:
        while self._at < len(self._rest):
            self._step()
        if self._open:
            mark, _ = self._open[-1]
            kind = {"[": "text_link"}.get(mark) or MARKS[mark]
            raise _unparsed(f"Can't find end of {kind.title().replace('_', '')} entity", self._at)
        return self._text, self._entities

    def _step(self) -> None:
        rest, at = self._rest, self._at
        here = rest[at]
        if here == "\\" and at + 1 < len(rest) and ord(rest[at + 1]) < 127:
            self._take(rest[at + 1], 2)
        elif rest.startswith("```", at):
            self._code("```", "pre")
        elif here == "`":
            self._code("`", "code")
        elif here == "]" and self._open and self._open[-1][0] == "[":
            self._link()
        elif here == "[":
            self._open.append(("[", length(self._text)))
            self._at += 1
        elif here == ">" and (not self._text or self._text.endswith("\n")):
            self._at += 1  # a quotation: its mark is not kept
        else:
            self._mark(here)

    def _mark(self, here: str) -> None:
        mark = next((each for each in ("__", "||", "*", "_", "~") if self._rest.startswith(each, self._at)), None)
        if mark is None:
            if here in MARKDOWN_RESERVED:
                raise bad(
                    f"can't parse entities: Character '{here}' is reserved and must be escaped with the preceding '\\'"
                )
            self._take(here, 1)
            return
        self._at += len(mark)
        if self._open and self._open[-1][0] == mark:
            _, start = self._open.pop()
            self._add(MARKS[mark], start)
        else:
            self._open.append((mark, length(self._text)))

    def _code(self, mark: str, kind: str) -> None:
        end = self._rest.find(mark, self._at + len(mark))
        if end < 0:
            raise _unparsed(f"Can't find end of {kind.title()} entity", self._at)
        start = length(self._text)
        self._text += re.sub(r"\\(.)", r"\1", self._rest[self._at + len(mark) : end])
        self._at = end + len(mark)
        self._add(kind, start)

    def _link(self) -> None:
        found = re.match(r"\]\(((?:[^)\\]|\\.)*)\)", self._rest[self._at :])
        _, start = self._open.pop()
        if found is None:
            raise bad("can't parse entities: Character ']' is reserved and must be escaped with the preceding '\\'")
        self._at += found.end()
        self._add("text_link", start, url=re.sub(r"\\(.)", r"\1", found.group(1)))

    def _take(self, text: str, count: int) -> None:
        self._text += text
        self._at += count

    def _add(self, kind: str, start: int, **more: str) -> None:
        if length(self._text) > start:
            self._entities.append({"type": kind, "offset": start, "length": length(self._text) - start} | more)


def _unparsed(what: str, offset: int) -> Refusal:
    return bad(f"can't parse entities: {what} at byte offset {offset}")

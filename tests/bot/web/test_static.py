from __future__ import annotations

import re
from pathlib import Path

import bot.web


def test_nothing_on_the_page_writes_html_or_asks_another_host() -> None:
    for file in (Path(bot.web.__file__).parent / "static").iterdir():
        if file.suffix in {".js", ".css", ".html"}:
            text = file.read_text("utf-8")
            assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text), file.name
            assert not re.search(r"https?://(?!www\.w3\.org/)", text), file.name

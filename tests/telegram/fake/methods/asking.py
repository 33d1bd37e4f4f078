"""Presses of buttons and inline queries: what people asked, and the bot's answers, each given once and in time."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.telegram.fake import limits
from tests.telegram.fake.calls import Answer, Call, Methods
from tests.telegram.fake.house import House
from tests.telegram.fake.keyboards import inline_keyboard
from tests.telegram.fake.methods.outgoing import read_caption, read_message_text
from tests.telegram.fake.refusals import Json, bad, query_too_old
from tests.telegram.fake.world import Message, User

CACHE_SECONDS = 300


@dataclass(kw_only=True, slots=True, eq=False)
class Press:
    """One press of a button, and what the person saw: a line of `text` at the top, or as an alert."""

    id: str
    user: User
    message: Message
    data: str
    created: float
    is_answered: bool = False
    text: str = ""
    alert: bool = False
    url: str | None = None
    update: Json | None = None


@dataclass(kw_only=True, slots=True, eq=False)
class Query:
    """One inline query, and what was offered; `results` as the bot sent them."""

    id: str
    user: User
    words: str
    created: float
    is_answered: bool = False
    results: list[Json] = field(default_factory=list)
    button: Json | None = None
    next_offset: str = ""
    from_cache: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Cached:
    """An answer that Telegram keeps; `user` is None where it is for everybody."""

    user: User | None
    until: float
    results: list[Json]


@dataclass(kw_only=True, slots=True, eq=False)
class Asking:
    house: House
    presses: dict[str, Press] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    press_seconds: float = limits.CALLBACK_SECONDS
    query_seconds: float = limits.INLINE_SECONDS
    cache: dict[str, Cached] = field(default_factory=dict)

    @property
    def methods(self) -> Methods:
        return {"answerCallbackQuery": self._answer_press, "answerInlineQuery": self._answer_query}

    @property
    def unanswered(self) -> list[Press]:
        """Presses after which the button still turns; oldest first."""
        return [each for each in self.presses.values() if not each.is_answered]

    def cached(self, user: User, words: str) -> list[Json] | None:
        found = self.cache.get(words)
        if found is None or found.until <= self.house.clock.now() or found.user not in (None, user):
            return None
        return found.results

    def _answer_press(self, call: Call) -> Answer:
        press = self.presses.get(call.needed("callback_query_id"))
        if press is None or press.is_answered or self.house.clock.now() > press.created + self.press_seconds:
            raise query_too_old()
        text, url = call.text("text") or "", call.text("url")
        if len(text) > limits.CALLBACK_TEXT:
            raise bad("MESSAGE_TOO_LONG")
        if url is not None and not url.startswith(f"https://t.me/{self.house.world.bot.username}?start="):
            raise bad("URL_INVALID")
        press.is_answered, press.text, press.url = True, text, url
        press.alert = call.flag("show_alert")
        self.house.news.tell()
        return True

    def _answer_query(self, call: Call) -> Answer:
        query = self.queries.get(call.needed("inline_query_id"))
        if query is None or query.is_answered or self.house.clock.now() > query.created + self.query_seconds:
            raise query_too_old()
        results = call.json("results") or []
        self._check_results(results)
        button = call.json("button")
        if button is not None:
            self._check_button(button)
        query.is_answered, query.results, query.button = True, results, button
        query.next_offset = call.text("next_offset") or ""
        seconds = call.integer("cache_time")
        self.cache[query.words] = Cached(
            user=query.user if call.flag("is_personal") else None,
            until=self.house.clock.now() + (CACHE_SECONDS if seconds is None else seconds),
            results=results,
        )
        self.house.news.tell()
        return True

    def _check_results(self, results: list[Json]) -> None:
        if len(results) > limits.INLINE_RESULTS:
            raise bad("RESULTS_TOO_MUCH")
        ids = [each["id"] for each in results]
        if len(set(ids)) < len(ids):
            raise bad("RESULT_ID_DUPLICATE")
        if not all(1 <= len(each.encode()) <= 64 for each in ids):
            raise bad("RESULT_ID_INVALID")
        for each in results:
            self._check_result(each)

    def _check_result(self, result: Json) -> None:
        inline_keyboard(result.get("reply_markup"), None)
        read_caption(result)
        if "photo_file_id" in result:
            self.house.files.find(result["photo_file_id"], "photo")
        if "document_file_id" in result:
            self.house.files.find(result["document_file_id"], "document")
        if "message_text" in result.get("input_message_content", {}):
            read_message_text(result["input_message_content"], "message_text")

    def _check_button(self, button: Json) -> None:
        payload = button.get("start_parameter")
        if payload is not None and not valid_payload(payload):
            raise bad("START_PARAM_INVALID")
        if "web_app" in button and not button["web_app"]["url"].startswith("https://"):
            raise bad("inline query results button Web App URL is invalid: Only HTTPS links are allowed")


def valid_payload(payload: str) -> bool:
    """What may stand behind `t.me/bot?start=`."""
    return 1 <= len(payload) <= limits.START_PAYLOAD and payload.replace("-", "").replace("_", "").isalnum()

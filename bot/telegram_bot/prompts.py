"""Questions that are answered by a reply: what the reply goes on with stands in the question itself.

So they work after a restart, and nobody can forge one: the message that is replied to is the bot's own.
"""

from __future__ import annotations

from dataclasses import dataclass

from telegram import ForceReply, Message
from telegram.constants import MessageEntityType

from bot.telegram_bot.drawing import cut, exact, plain
from core.domain.names import ALPHABET, JobId

_ID = 16  # characters of a job's id
_OLD = 1500  # of the words that can be copied
_HINT = 64  # of the field's own hint: Telegram's limit


@dataclass(frozen=True, kw_only=True, slots=True)
class Prompt:
    """`line` is what the person's reply goes on with, "/restyle"; `job` the one that it is about."""

    line: str
    job: JobId | None = None

    def continued(self, words: str) -> str:
        """The whole line; who types another command means that one."""
        return words if words.startswith("/") else f"{self.line} {words}".strip()


def prompt_text(text: str, prompt: Prompt, *, old: str = "", called: str = "") -> str:
    """HTML. `old` is shown for copying; `called` is HTML that names the person who is asked, in groups."""
    lines = [f"{called} {plain(text)}".strip()]
    if old:
        lines.append(f"<pre>{exact(cut(old, _OLD))}</pre>")
    job = f" · <code>{prompt.job}</code>" if prompt.job else ""
    return "\n".join([*lines, f"<code>{exact(prompt.line)}</code>{job}"])


def forced(hint: str) -> ForceReply:
    """Opens the reply at once for the person who is named, and for nobody else."""
    return ForceReply(selective=True, input_field_placeholder=cut(hint, _HINT))


def prompt_in(message: Message | None, bot: int) -> Prompt | None:
    """What a message of the bot's asked for."""
    if message is None or message.from_user is None or message.from_user.id != bot:
        return None
    codes = [text for entity, text in message.parse_entities([MessageEntityType.CODE]).items() if entity]
    if not codes or not codes[0].startswith("/"):
        return None
    job = codes[1] if len(codes) > 1 else ""
    is_id = len(job) == _ID and set(job) <= set(ALPHABET)
    return Prompt(line=codes[0], job=JobId(job) if is_id else None)

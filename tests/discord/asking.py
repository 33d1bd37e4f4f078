"""Asking the API directly through the real client, for what the library itself would not send."""

from __future__ import annotations

from json import dumps
from typing import Any

import discord
import pytest
from discord.http import Route

from tests.discord.fake import Channel
from tests.discord.small_bot import SmallBot


async def ask(bot: SmallBot, method: str, path: str, body: object = None) -> Any:
    """One request of the bot; raises discord's own errors."""
    json: dict[str, Any] = {} if body is None else {"json": body}
    return await bot.http.request(Route(method, path), **json)


async def refused(bot: SmallBot, method: str, path: str, body: object = None) -> discord.HTTPException:
    with pytest.raises(discord.HTTPException) as caught:
        await ask(bot, method, path, body)
    return caught.value


async def post(bot: SmallBot, channel: Channel, body: object) -> Any:
    return await ask(bot, "POST", f"/channels/{channel.id}/messages", body)


async def post_refused(bot: SmallBot, channel: Channel, body: object) -> discord.HTTPException:
    return await refused(bot, "POST", f"/channels/{channel.id}/messages", body)


async def upload(
    bot: SmallBot, channel: Channel, files: list[tuple[str, bytes]], *, edits: str | None = None, **body: Any
) -> Any:
    """A multipart message made by hand, or one that edits, so that nothing checks it on the way."""
    form: list[dict[str, Any]] = [{"name": "payload_json", "value": dumps(body)}]
    for index, (name, content) in enumerate(files):
        form.append({"name": f"files[{index}]", "value": content, "filename": name, "content_type": "image/png"})
    path = f"/channels/{channel.id}/messages"
    route = Route("POST", path) if edits is None else Route("PATCH", f"{path}/{edits}")
    return await bot.http.request(route, form=form)

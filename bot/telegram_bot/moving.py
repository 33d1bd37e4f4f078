"""A group that became a supergroup: another chat to Telegram, the same place to everybody who is in it."""

from __future__ import annotations

import logging

from bot.telegram_bot.people import Spot, community
from core.service.service import Service

log = logging.getLogger(__name__)


async def move(service: Service, old: int, new: int) -> None:
    """Its rules, its sessions and what is shared with it go along. Twice is as good as once."""
    log.info("telegram.moved chat=%s to=%s", old, new)
    await service.administration.move(community(old), community(new))
    await service.characters.sharing.move(community(old), community(new))
    await service.sessions.move(Spot(chat=old).place, Spot(chat=new).place, community(old), community(new))

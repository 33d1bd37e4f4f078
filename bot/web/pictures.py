"""Pictures by the job they belong to. They never change under their address, so a browser may keep them."""

from __future__ import annotations

import re

from aiohttp import web

from bot.web.context import PAYER, WEB, asker_of, person_of
from core.domain.job import Job
from core.domain.names import CardId, JobId
from core.errors import NotFoundError

_KEPT = {"Cache-Control": "private, max-age=31536000, immutable"}
_ASKED_AGAIN = {"Cache-Control": "private, no-cache"}
_THUMB_SIDE = 320
_FILE_LIMIT = 500_000_000  # bytes: the page has no platform's limit, so the full file is what was made


async def original(request: web.Request) -> web.Response:
    job = await _job(request)
    return _png(await request.app[WEB].service.picture(job.request.picture))


async def result(request: web.Request) -> web.Response:
    job = await _job(request)
    if job.outcome is None:
        raise NotFoundError("picture")
    return _png(await request.app[WEB].service.picture(job.outcome.result))


async def thumb(request: web.Request) -> web.Response:
    """The original, small."""
    job = await _job(request)
    return _jpeg(await request.app[WEB].service.thumbnail(job.request.picture, _THUMB_SIDE))


async def uploaded_thumb(request: web.Request) -> web.Response:
    here = request.app[WEB]
    picture = here.keys.read_picture(person_of(request), request.match_info["ticket"])
    return _jpeg(await here.service.thumbnail(picture.blob, _THUMB_SIDE))


async def full(request: web.Request) -> web.Response:
    """The result as a file, in the format this person likes."""
    here, job = request.app[WEB], await _job(request)
    preferences = await here.service.preferences(person_of(request))
    file = await here.service.full_file(job, _FILE_LIMIT, preferences.format)
    headers = {"Content-Disposition": f'attachment; filename="{_file_name(job, file.media_type)}"'}
    return web.Response(body=file.data, content_type=file.media_type, headers=_ASKED_AGAIN | headers)


async def sheet(request: web.Request) -> web.Response:
    service = request.app[WEB].service
    card = await service.card(person_of(request), CardId(request.match_info["card"]))
    headers = {"Content-Disposition": f'attachment; filename="restyle-sheet-{card.id}.png"'}
    kept = _KEPT if card.is_finished else _ASKED_AGAIN
    return web.Response(body=await service.sheet(card), content_type="image/png", headers=kept | headers)


async def mydata(request: web.Request) -> web.FileResponse:
    """All that is held about this person, as one file; it is gone when it has been sent."""
    here, asker = request.app[WEB], asker_of(request)
    here.commands.take(request[PAYER])
    async with here.service.belongings.archive(asker) as archive:
        headers = {"Content-Disposition": f'attachment; filename="{archive.name}"', "Cache-Control": "no-store"}
        response = web.FileResponse(archive.path, headers=headers)
        await response.prepare(request)
    return response


async def _job(request: web.Request) -> Job:
    return await request.app[WEB].service.job(person_of(request), JobId(request.match_info["job"]))


def _png(data: bytes) -> web.Response:
    return web.Response(body=data, content_type="image/png", headers=_KEPT)


def _jpeg(data: bytes) -> web.Response:
    return web.Response(body=data, content_type="image/jpeg", headers=_KEPT)


def _file_name(job: Job, media_type: str) -> str:
    """Letters, digits and dashes only: safe in a header and on every disk."""
    words = re.sub(r"[^a-z0-9]+", "-", job.words.lower()[:60]).strip("-")[:40].strip("-")
    ending = media_type.removeprefix("image/").replace("jpeg", "jpg")
    return "-".join(part for part in ("restyle", words, str(job.request.seed)) if part) + f".{ending}"

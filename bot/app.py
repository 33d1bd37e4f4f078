"""The composition root: everything is built here, with `async with`, and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.chat_pace import Pace
from bot.folder import data_folder, signing_key, telling_address
from bot.settings import Settings
from bot.studio import engine_config, intake_limits, rules
from bot.web.server import build_web, serve
from core.domain.catalogue import Catalogue, load_catalogue
from core.domain.clock import Clock, SystemClock
from core.domain.names import PersonId
from core.engine.editions import editions_of
from core.errors import StartError
from core.imaging import provenance
from core.imaging.intake import Intake
from core.queue.cost import CostModel
from core.queue.ports import Limits
from core.service.belongings import empty
from core.service.characters import CharacterParts
from core.service.service import Parts, Service
from core.service.session_desk import SessionParts
from core.storage.belongings import DeedRoom, DeliveryRoom, JobRoom
from core.storage.blobs import BlobStore, open_folder
from core.storage.character_belongings import CharacterBelongings
from core.storage.characters import CharacterStore
from core.storage.database import Database
from core.storage.deliveries import DeliveryStore
from core.storage.jobs import JobStore
from core.storage.links import LinkStore
from core.storage.people import PeopleStore
from core.storage.places import PlaceStore
from core.storage.retention import sweep
from core.storage.session_belongings import SessionBelongings
from core.storage.sessions import SessionStore
from core.storage.updates import UpdateStore
from core.worker.engine_process import ENGINE
from core.worker.events import Events
from core.worker.worker import Outside, Worker

if TYPE_CHECKING:
    from bot.discord_bot.adapter import Discord
    from bot.telegram_bot.adapter import Telegram
    from bot.telegram_bot.webhook import Hook

log = logging.getLogger(__name__)
SWEEP_SECONDS = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class App:
    """The running program. `web_address` is None where the page is switched off, a chat where it has no token."""

    service: Service
    web_address: str | None
    discord: Discord | None = None
    telegram: Telegram | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """What tests put in the place of something else: time, the engine's program, the pace of a chat's edits."""

    clock: Clock = field(default_factory=SystemClock)
    engine: str = ENGINE
    pace: Pace = field(default_factory=Pace)


@asynccontextmanager
async def open_app(settings: Settings, stand: Stand | None = None) -> AsyncIterator[App]:
    """Start everything; stop it in the opposite order. Raises StartError with what to do about it.

    Going down: nothing new is taken, the worker finishes or gives back what runs while the page still shows it, then
    the page and the stores close.
    """
    stand = stand or Stand()
    clock = stand.clock
    if settings.web and settings.listens_wider and not settings.web_token:
        raise StartError("token-needed")
    catalogue = load_catalogue(settings.models_file, settings.styles_file)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(data_folder(settings.data))
        key = signing_key(folder)
        hook = _telegram_hook(settings, key)
        database = await stack.enter_async_context(Database(settings.database))
        service, worker = await _open_service(stack, settings, catalogue, database, stand)
        await stack.enter_async_context(service.sessions.keeper.running())
        address = None
        if settings.web:
            page = build_web(service, settings, clock, key, hook.routes if hook else ())
            address = await stack.enter_async_context(serve(page, settings))
            stack.enter_context(telling_address(folder, address))
        discord = await _open_discord(stack, settings, service, database, stand)
        telegram = await _open_telegram(stack, settings, service, database, stand, hook)
        await stack.enter_async_context(worker)  # last: a port that is taken is told before a model is loaded
        stack.callback(service.stop_taking)
        yield App(service=service, web_address=address, discord=discord, telegram=telegram)


async def _open_discord(
    stack: AsyncExitStack, settings: Settings, service: Service, database: Database, stand: Stand
) -> Discord | None:
    """Discord, where a token is set; only then is its library imported."""
    if settings.discord_token is None:
        return None
    from bot.discord_bot.adapter import House, open_discord

    house = House(
        service=service,
        deliveries=DeliveryStore(database, stand.clock),
        settings=settings,
        clock=stand.clock,
        pace=stand.pace,
    )
    return await stack.enter_async_context(open_discord(house))


def _telegram_hook(settings: Settings, key: bytes) -> Hook | None:
    """The door on the page's server, where Telegram is to call us. Raises StartError where it could not."""
    if settings.telegram_token is None or settings.telegram_webhook is None:
        return None
    from bot.telegram_bot.webhook import Hook, check_webhook

    check_webhook(settings)
    return Hook(key, settings.telegram_token.get_secret_value())


async def _open_telegram(
    stack: AsyncExitStack, settings: Settings, service: Service, database: Database, stand: Stand, hook: Hook | None
) -> Telegram | None:
    """Telegram, where a token is set; only then is its library imported."""
    if settings.telegram_token is None:
        return None
    from bot.telegram_bot.adapter import House, open_telegram

    house = House(
        service=service,
        deliveries=DeliveryStore(database, stand.clock),
        updates=UpdateStore(database, stand.clock),
        settings=settings,
        clock=stand.clock,
        pace=stand.pace,
        hook=hook,
    )
    return await stack.enter_async_context(open_telegram(house))


async def _open_service(
    stack: AsyncExitStack, settings: Settings, catalogue: Catalogue, database: Database, stand: Stand
) -> tuple[Service, Worker]:
    """The service, and its worker, which has yet to be started."""
    clock = stand.clock
    people = PeopleStore(database)
    await people.remember()
    sessions = SessionStore(database, clock)
    characters = CharacterStore(database)
    rooms = [people, JobRoom(database), CharacterBelongings(characters), SessionBelongings(database, sessions)]
    links = LinkStore(database, [*rooms, DeliveryRoom(), DeedRoom()])
    await links.remember()
    await asyncio.to_thread(empty, settings.data / "archives")
    blobs = BlobStore(database, open_folder(settings.blobs), clock)
    config = engine_config(settings, catalogue)
    queue = JobStore(database, clock, await asyncio.to_thread(editions_of, config))
    limits = Limits(
        running=settings.running_per_person,
        waiting=settings.waiting_per_person,
        job_seconds=settings.job_minutes * 60,
    )
    outside = Outside(
        queue=queue,
        blobs=blobs,
        events=Events(links.owner),
        clock=clock,
        limits=limits,
        cost=CostModel(),
        decorate=lambda request, png: provenance.write(png, provenance.settings_of(request)),
    )
    intake = await stack.enter_async_context(Intake(intake_limits(settings)))
    worker = Worker(outside, [config], program=stand.engine)
    stack.callback(outside.events.close)
    sweeping = asyncio.create_task(
        _sweep_forever(settings, queue, characters, sessions, blobs, clock), name="retention"
    )
    stack.push_async_callback(_end, sweeping)
    parts = Parts(
        queue=queue,
        blobs=blobs,
        people=people,
        links=links,
        archives=settings.data / "archives",
        places=PlaceStore(database),
        operators=frozenset(map(PersonId, settings.operators)),
        intake=intake,
        characters=CharacterParts(store=characters, blobs=blobs, clock=clock, limit=settings.characters_per_person),
        sessions=SessionParts(
            store=sessions, blobs=blobs, clock=clock, has_page=settings.web, origin=settings.web_origin or ""
        ),
        worker=worker,
        events=outside.events,
        cost=outside.cost,
        rules=rules(settings, catalogue),
        limits=limits,
        clock=clock,
    )
    return Service(parts), worker


async def _sweep_forever(
    settings: Settings,
    queue: JobStore,
    characters: CharacterStore,
    sessions: SessionStore,
    blobs: BlobStore,
    clock: Clock,
) -> None:
    """Delete what is older than `keep_days`, once an hour; a failure is logged and the next hour tries again."""
    while True:
        try:
            await sessions.settle()
            await characters.settle()  # a picture that one waits for is then its own, whatever becomes of the job
            await sweep(queue, blobs, clock, settings.keep_days)
        except Exception:
            log.exception("retention.failed")
        await asyncio.sleep(SWEEP_SECONDS)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

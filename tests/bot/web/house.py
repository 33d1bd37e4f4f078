"""The page over the real service, database, blobs and intake; the engine's part is played by the test, step by step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar
from PIL import Image

from bot.settings import Settings
from bot.web.server import build_web, serve
from core.domain.catalogue import load_catalogue
from core.domain.clock import SystemClock
from core.domain.job import Job, Lease, Problem
from core.domain.names import JobId
from core.domain.schedulers import SCHEDULERS
from core.engine.contract import Finished
from core.imaging.intake import Intake, IntakeLimits
from core.queue.cost import CostModel
from core.queue.ports import Limits
from core.service.characters import CharacterParts
from core.service.requests import Rules
from core.service.service import Parts, Service
from core.service.session_desk import SessionParts
from core.storage.belongings import JobRoom
from core.storage.blobs import BlobStore, open_folder
from core.storage.character_belongings import CharacterBelongings
from core.storage.characters import CharacterStore
from core.storage.database import Database
from core.storage.jobs import JobStore
from core.storage.links import LinkStore
from core.storage.people import PeopleStore
from core.storage.places import PlaceStore
from core.storage.session_belongings import SessionBelongings
from core.storage.sessions import SessionStore
from core.worker.desk import Desk, Outside
from core.worker.events import Events, Happening
from core.worker.status import EngineState, EngineStatus
from core.worker.worker import Worker

SECRET = b"a secret for tests, 32 bytes long"


def png(colour: str = "tomato", size: tuple[int, int] = (128, 128)) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def jpeg(colour: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (32, 32), colour).save(file, "JPEG")
    return file.getvalue()


class HandWorker:
    """The worker's interface and the worker's own desk; work happens when a test says so."""

    def __init__(self, outside: Outside) -> None:
        self.outside = outside
        self.desk = Desk(outside, "by-hand")
        self.watched: dict[JobId, bool] = {}
        self.looks: list[str] = []  # the words of each

    def wake(self) -> None: ...

    async def cancel(self, job: JobId) -> None:
        self.desk.forget(job)

    async def watch(self, job: JobId, *, previews: bool) -> None:
        self.watched[job] = previews

    async def look(self, model: str, picture: bytes, words: str = "") -> bytes:
        """A face in the middle of every picture."""
        self.looks.append(words)
        area = Image.new("L", Image.open(BytesIO(picture)).size)
        wide, high = area.size
        area.paste(255, (wide // 4, high // 4, 3 * wide // 4, 3 * high // 4))
        file = BytesIO()
        area.save(file, "PNG")
        return file.getvalue()

    def status(self) -> list[EngineStatus]:
        return [
            EngineStatus(state=EngineState.READY, model="bundled", device="cpu", dtype="float32", figures={"rows": 3.0})
        ]

    def remaining_seconds(self) -> float:
        return 0.0

    async def start(self) -> Lease:
        lease = await self.desk.take()
        assert lease, "nothing waits"
        return lease

    def step(self, job: Job, step: int, preview: bytes | None = None) -> None:
        self.desk.tell(job, Happening.STEPPED, step=step, steps=job.request.plan.run, preview=preview)

    async def finish(self, lease: Lease, colour: str = "royalblue") -> None:
        request = lease.job.request
        size = (request.width, request.height)
        picture = png(colour, size)
        done = Finished(job=lease.job.id, png=picture, width=size[0], height=size[1], steps_run=1, seconds=0.5)
        await self.desk.finish(lease, done)

    async def fail(self, lease: Lease) -> None:
        await self.desk.fail(lease, Problem(key="engine.out-of-memory"))

    async def work_all(self) -> None:
        while lease := await self.desk.take():
            await self.finish(lease)


@dataclass(frozen=True, kw_only=True, slots=True)
class House:
    """One installation; `address` ends in a slash."""

    service: Service
    worker: HandWorker
    settings: Settings
    address: str

    @asynccontextmanager
    async def another_page(self, **changes: Any) -> AsyncIterator[str]:
        """The same service behind a page with other settings; yields its address."""
        settings = self.settings.model_copy(update=changes)
        async with serve(build_web(self.service, settings, SystemClock(), SECRET), settings) as address:
            yield address

    @asynccontextmanager
    async def visitor(self, address: str | None = None) -> AsyncIterator[Visitor]:
        """Somebody new, who has opened the page once."""
        address = address or self.address
        async with ClientSession(address, cookie_jar=CookieJar(unsafe=True)) as session:
            visitor = Visitor(session=session, origin=address.rstrip("/"))
            async with session.get("/"):
                yield visitor


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """A person's browser, as far as HTTP goes."""

    session: ClientSession
    origin: str

    async def post(self, path: str, json: object = None, **options: Any) -> tuple[int, dict[str, Any]]:
        headers = {"Origin": self.origin} | options.pop("headers", {})
        async with self.session.post(path, json=json, headers=headers, **options) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> tuple[int, Any]:
        async with self.session.get(path) as response:
            kind = response.content_type
            return response.status, await (response.json() if kind == "application/json" else response.read())

    async def upload(self, data: bytes | None = None) -> str:
        status, answer = await self.post("/api/pictures", data=png() if data is None else data)
        assert status == 200, answer
        return str(answer["id"])

    async def say(self, line: str, **more: str) -> tuple[int, dict[str, Any]]:
        return await self.post("/api/commands", {"line": line, **more})

    async def restyle(self, line: str = "/restyle a fox 0.5") -> dict[str, Any]:
        status, answer = await self.say(line, picture=await self.upload())
        assert status == 200, answer
        return cast("dict[str, Any]", answer["card"])

    async def press(self, card: dict[str, Any], action: str) -> tuple[int, dict[str, Any]]:
        button = next(button for row in card["rows"] for button in row if button["action"] == action)
        return await self.post("/api/buttons", {"id": button["id"]})

    async def card(self, card: dict[str, Any]) -> dict[str, Any]:
        _, answer = await self.get(f"/api/cards/{card['id']}")
        return cast("dict[str, Any]", answer)

    @asynccontextmanager
    async def live(self) -> AsyncIterator[Live]:
        async with self.session.ws_connect("/api/live", headers={"Origin": self.origin}) as socket:
            yield Live(socket=socket)


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    socket: ClientWebSocketResponse

    async def until(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """The next message of this kind whose card, or itself, holds these values."""
        while True:
            message = await self.socket.receive_json(timeout=10)
            body = message.get("card") if kind == "card" else message
            if message["type"] == kind and all(body.get(name) == value for name, value in wanted.items()):
                return cast("dict[str, Any]", message)


@asynccontextmanager
async def open_house(folder: Path) -> AsyncIterator[House]:
    settings = Settings(data=folder, web_port=0, max_file_megabytes=1, _env_file=None)
    catalogue, clock = load_catalogue(), SystemClock()
    rules = Rules(catalogue=catalogue, model="bundled", spec=catalogue.model("bundled"), schedulers=SCHEDULERS)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(settings.database))
        people = PeopleStore(database)
        sessions = SessionStore(database, clock)
        characters = CharacterStore(database)
        rooms = [people, JobRoom(database), CharacterBelongings(characters), SessionBelongings(database, sessions)]
        links = LinkStore(database, rooms)
        outside = Outside(
            queue=JobStore(database, clock, {"bundled": "the only one"}),
            blobs=BlobStore(database, open_folder(folder / "blobs"), clock),
            events=Events(links.owner),
            clock=clock,
            limits=Limits(running=100, waiting=10),
            cost=CostModel(),
            decorate=lambda request, picture: picture,
        )
        worker = HandWorker(outside)
        blobs = cast("BlobStore", outside.blobs)
        intake = await stack.enter_async_context(Intake(IntakeLimits(max_bytes=1_000_000)))
        service = Service(
            Parts(
                queue=outside.queue,
                blobs=blobs,
                people=people,
                links=links,
                archives=folder / "archives",
                places=PlaceStore(database),
                intake=intake,
                characters=CharacterParts(store=characters, blobs=blobs, clock=clock, limit=4),
                sessions=SessionParts(store=sessions, blobs=blobs, clock=clock),
                worker=cast("Worker", worker),
                events=outside.events,
                cost=outside.cost,
                rules=rules,
                limits=outside.limits,
                clock=clock,
            )
        )
        await stack.enter_async_context(service.sessions.keeper.running())
        address = await stack.enter_async_context(serve(build_web(service, settings, clock, SECRET), settings))
        yield House(service=service, worker=worker, settings=settings, address=address)

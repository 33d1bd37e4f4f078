"""The API's front: the token, failures that a test asks for, the specification, then the method; the answer too."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass, field

from aiohttp import web

from tests.discord.fake.clock import MovableClock, News
from tests.telegram.fake import limits
from tests.telegram.fake.calls import Answer, Call, Methods, read_call
from tests.telegram.fake.files import FileHost
from tests.telegram.fake.record import Failure, Record, Request
from tests.telegram.fake.refusals import Json, Refusal, too_large, too_many
from tests.telegram.fake.specification import Specification

PIECE = 64 * 1024


@dataclass(kw_only=True, slots=True, eq=False)
class Downloads:
    """How the file host behaves: after how many bytes it hangs up (by file id), and what it has sent."""

    cut_after: int | None = None
    status: int | None = None
    open: asyncio.Event = field(default_factory=asyncio.Event)  # while it is cleared, downloads wait
    count: int = 0
    bytes_sent: int = 0

    def __post_init__(self) -> None:
        self.open.set()


@dataclass(kw_only=True, slots=True, eq=False)
class Api:
    """Listens between `start` and `stop` on `port`. While `open_for_answers` is cleared every request waits."""

    token: str
    clock: MovableClock
    news: News
    files: FileHost
    record: Record
    specification: Specification | None
    methods: Methods
    downloads: Downloads = field(default_factory=Downloads)
    port: int = 0
    open_for_answers: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    def __post_init__(self) -> None:
        self.open_for_answers.set()
        self.methods = {name.lower(): method for name, method in self.methods.items()}

    async def start(self) -> None:
        app = web.Application(client_max_size=4 * limits.REQUEST_BYTES)
        app.router.add_get("/file/bot{token}/{path:.+}", self._serve_file)
        app.router.add_route("*", "/bot{token}/{method}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        assert self._runner is not None, "stop follows start"
        self.open_for_answers.set()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if int(request.headers.get("Content-Length", 0)) > limits.REQUEST_BYTES:
            return self._written(too_large())
        call = await read_call(request, request.match_info["method"])
        if call.method != "getUpdates":
            await self.open_for_answers.wait()
        if request.match_info["token"] != self.token:
            return self._refuse(call, Refusal(401, "Unauthorized"))
        failure = self.record.failure_for(call.method, call.fields.get("chat_id", ""))
        if failure is None:
            return await self._answer(call)
        if failure.after:
            await self._answer(call)
        return await self._fail(request, call, failure)

    async def _answer(self, call: Call) -> web.Response:
        method = self.methods.get(call.method.lower())
        if method is None:
            self.record.violation([f"the fake has no {call.method}"])
            return self._refuse(call, Refusal(404, "Not Found"))
        if self.specification is not None:
            self.record.violation(self.specification.check_request(call.method, call.fields, frozenset(call.uploads)))
        try:
            told = method(call)
            result: Answer = await told if inspect.isawaitable(told) else told
        except Refusal as refusal:
            return self._refuse(call, refusal)
        if self.specification is not None and call.method != "getUpdates":  # updates were checked one by one
            self.record.violation(self.specification.check_answer(call.method, result))
        self._note(call, 200)
        return web.json_response({"ok": True, "result": result})

    def _refuse(self, call: Call, refusal: Refusal) -> web.Response:
        self._note(call, refusal.code, refusal.description, refusal.parameters)
        return self._written(refusal)

    def _written(self, refusal: Refusal) -> web.Response:
        return web.json_response(refusal.body, status=refusal.code)

    async def _fail(self, request: web.Request, call: Call, failure: Failure) -> web.Response:
        if failure.hangs:
            self._note(call, 0)
            await asyncio.Event().wait()  # until the client gives up, or the fake ends
        if failure.status == 0:
            self._note(call, 0)
            assert request.transport is not None, "the request came over a connection"
            request.transport.close()
            return web.Response(status=500)
        if failure.status == 429:
            return self._refuse(call, too_many(failure.retry_after))
        if failure.status >= 500:
            self._note(call, failure.status)
            return web.Response(status=failure.status, text="<html>Bad Gateway</html>", content_type="text/html")
        return self._refuse(call, Refusal(failure.status, failure.description or "Bad Request: the test said so"))

    def _note(self, call: Call, status: int, description: str = "", parameters: Json | None = None) -> None:
        self.record.requests.append(
            Request(
                at=self.clock.now(),
                method=call.method,
                fields=call.fields,
                uploads={name: len(each.content) for name, each in call.uploads.items()},
                status=status,
                description=description,
                parameters=parameters or {},
            )
        )
        self.news.tell()

    async def _serve_file(self, request: web.Request) -> web.StreamResponse:
        self.downloads.count += 1
        self.news.tell()
        await self.downloads.open.wait()
        content = self.files.content_at(request.match_info["path"], self.clock.now())
        if request.match_info["token"] != self.token or content is None:
            return self._written(Refusal(404, "Not Found"))
        if self.downloads.status is not None:
            return web.Response(status=self.downloads.status)
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
        response.content_length = len(content)
        await response.prepare(request)
        cut = len(content) if self.downloads.cut_after is None else min(self.downloads.cut_after, len(content))
        for start in range(0, cut, PIECE):
            piece = content[start : min(start + PIECE, cut)]
            await response.write(piece)
            self.downloads.bytes_sent += len(piece)
        if cut < len(content) and request.transport is not None:
            request.transport.close()
        return response

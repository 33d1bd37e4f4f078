"""The API's front: who asks, how fast, by the specification or not; then the handler; then the answer, checked too."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from tests.discord.fake import limits, refusals
from tests.discord.fake.clock import MovableClock, News
from tests.discord.fake.rates import Rates, Verdict
from tests.discord.fake.record import Failure, Record, Request
from tests.discord.fake.refusals import Json, Refusal
from tests.discord.fake.rest.routing import PREFIX, Call, Routes, match, read_body
from tests.discord.fake.specification import Specification

OPEN = ("/interactions/", "/webhooks/", "/gateway")  # need no bot token
VIA = {"Via": "1.1 google"}  # what tells Discord's own 429 from that of the wall before it


@dataclass(kw_only=True, slots=True, eq=False)
class Api:
    """While `open_for_answers` is cleared, every request waits: Discord is slow."""

    token: str
    clock: MovableClock
    news: News
    rates: Rates
    record: Record
    specification: Specification | None
    routes: Routes
    invalid_limit: int = limits.INVALID_REQUESTS
    templates: list[str] = field(init=False)
    open_for_answers: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        known = self.specification.templates if self.specification else []
        own = [route.partition(" ")[2] for route in self.routes]
        self.templates = list(dict.fromkeys([*known, *own]))
        self.open_for_answers.set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0].removeprefix(PREFIX)
        if int(request.headers.get("Content-Length", 0)) > 4 * limits.REQUEST_BYTES:
            return self._written(refusals.too_large().body, 413, {})
        body, uploads = await read_body(request)
        found = match(path, self.templates)
        call = Call(
            method=request.method,
            template=found[0] if found else path,
            path=path,
            params={name: unquote(part) for name, part in found[1].items()} if found else {},
            query=dict(request.query),
            authorization=request.headers.get("Authorization"),
            body=body,
            uploads=uploads,
        )
        await self.open_for_answers.wait()
        return self._answer(request, call)

    def _answer(self, request: web.Request, call: Call) -> web.Response:
        if self.record.recently_invalid(self.clock.now()) >= self.invalid_limit:
            return web.Response(status=429, text="<html>banned</html>")  # the wall before Discord: no JSON and no `Via`
        failure = self.record.failure_for(call.route, call.path)
        if failure is not None and not failure.after:
            return self._failed(request, call, failure)
        verdict = self.rates.judge(call.method, call.template, call.params, renames=call.renames)
        if verdict.retry_after is not None:
            return self._limited(call, verdict)
        status, body = self._outcome(call)
        if failure is not None:
            return self._failed(request, call, failure)
        return self._finish(call, status, body, verdict.headers)

    def _outcome(self, call: Call) -> tuple[int, Any]:
        """The status and body of the answer; checked, together with the request, against the specification."""
        handler = self.routes.get(call.route)
        faults = [f"the fake has no {call.route}"] if handler is None else self._check_request(call)
        try:
            if handler is None:
                raise refusals.no_such_route()
            self._authorize(call)
            reply = handler(call)
        except Refusal as refusal:
            if not refusal.is_about_the_form:  # else the answer itself says what is wrong
                self.record.violation(faults)
            return refusal.status, refusal.body
        self.record.violation(faults)
        return reply.status, reply.body

    def _authorize(self, call: Call) -> None:
        if not call.template.startswith(OPEN) and call.authorization != f"Bot {self.token}":
            raise refusals.unauthorized()

    def _check_request(self, call: Call) -> list[str]:
        if self.specification is None:
            return []
        return self.specification.check_request(
            call.method, call.template, path=call.params, query=call.query, body=call.body
        )

    def _check_answer(self, call: Call, status: int, body: Any) -> None:
        if self.specification is not None and call.route in self.routes:
            found = self.specification.check_answer(call.method, call.template, status=status, body=body)
            self.record.violation(found)

    def _limited(self, call: Call, verdict: Verdict) -> web.Response:
        body = {"message": "You are being rate limited.", "code": 0}
        body |= {"retry_after": verdict.retry_after, "global": verdict.is_global}
        return self._finish(call, 429, body, verdict.headers)

    def _failed(self, request: web.Request, call: Call, failure: Failure) -> web.Response:
        if failure.status == 0:
            self._note(call, 0, 0)
            assert request.transport is not None, "the request came over a connection"
            request.transport.close()
            return web.Response(status=500)
        if failure.status == 429:
            headers = {"Retry-After": str(failure.retry_after), "X-RateLimit-Scope": "shared"}
            return self._limited(
                call, Verdict(headers=headers, retry_after=failure.retry_after, is_global=failure.is_global)
            )
        if failure.status >= 500:
            self._note(call, failure.status, 0)
            return web.Response(status=failure.status, text="upstream connect error", headers=VIA)
        return self._finish(call, failure.status, {"message": "Refused by the test", "code": failure.code}, {})

    def _finish(self, call: Call, status: int, body: Any, headers: dict[str, str]) -> web.Response:
        self._check_answer(call, status, body)
        self._note(call, status, body.get("code", 0) if isinstance(body, dict) and status >= 400 else 0)
        return self._written(body, status, headers)

    def _written(self, body: Json | None, status: int, headers: dict[str, str]) -> web.Response:
        if body is None:
            return web.Response(status=status, headers=headers | VIA)
        answer = web.json_response(body, status=status, headers=headers | VIA)
        answer.headers["Content-Type"] = "application/json"  # without a charset, or the library takes it for text
        return answer

    def _note(self, call: Call, status: int, code: int) -> None:
        self.record.note(
            Request(
                at=self.clock.now(),
                route=call.route,
                path=call.path,
                query=call.query,
                body=call.body,
                status=status,
                code=code,
            )
        )
        self.news.tell()

"""The gateway: hello, identify, heartbeat, ready, resume, reconnect, invalid session, dispatch."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.discord.fake import limits, payloads
from tests.discord.fake.clock import MovableClock, News
from tests.discord.fake.refusals import Json
from tests.discord.fake.world import Channel, Guild, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    0,
    1,
    2,
    3,
    6,
    7,
    8,
    9,
    10,
    11,
)
UNDECODABLE, NOT_IDENTIFIED, BAD_TOKEN, BAD_SEQUENCE, TOO_FAST, BAD_INTENTS = 4002, 4003, 4004, 4007, 4008, 4014
HEARTBEAT_MILLISECONDS = 41_250
URL = "wss://gateway.discord.gg"
GUILDS, GUILD_MESSAGES, GUILD_REACTIONS, DIRECT_MESSAGES, DIRECT_REACTIONS = 1 << 0, 1 << 9, 1 << 10, 1 << 12, 1 << 13
CONTENT = 1 << 15
PRIVILEGED = {"members": 1 << 1, "presences": 1 << 8, "content": CONTENT}
MESSAGE_EVENTS = {"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE"}
REACTION_EVENTS = {"MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"}


@dataclass(kw_only=True, slots=True, eq=False)
class Session:
    """One identified client. It outlives its socket, so that it can be resumed; events wait in `sent`."""

    id: str
    intents: int
    shard: int = 0
    shards: int = 1
    socket: web.WebSocketResponse | None = None
    sequence: int = 0
    sent: deque[Json] = field(default_factory=lambda: deque(maxlen=10_000))
    sends: deque[float] = field(default_factory=deque)

    @property
    def is_open(self) -> bool:
        return self.socket is not None and not self.socket.closed

    def wants(self, event: str, channel: Channel | None) -> bool:
        direct = channel is not None and channel.guild is None
        if event in MESSAGE_EVENTS:
            return bool(self.intents & (DIRECT_MESSAGES if direct else GUILD_MESSAGES))
        if event in REACTION_EVENTS:
            return bool(self.intents & (DIRECT_REACTIONS if direct else GUILD_REACTIONS))
        if event.startswith(("GUILD_", "CHANNEL_", "THREAD_")):
            return bool(self.intents & GUILDS)
        return True


@dataclass(kw_only=True, slots=True, eq=False)
class Gateway:
    """All sessions, and what happened to them: counts that tests ask for."""

    world: World
    clock: MovableClock
    news: News
    token: str
    allowed_intents: int = 0  # the privileged ones switched on in the developer portal
    refuses: bool = False  # new sockets are closed at once
    identified: int = 0
    resumed: int = 0
    heartbeats: int = 0
    presence: Json | None = None
    sessions: dict[str, Session] = field(default_factory=dict)
    _outbox: asyncio.Queue[tuple[web.WebSocketResponse, Json]] = field(default_factory=asyncio.Queue)

    @property
    def is_connected(self) -> bool:
        return any(session.is_open for session in self.sessions.values())

    @property
    def reads_content(self) -> bool:
        return bool(self.allowed_intents & CONTENT)

    def dispatch(self, event: str, data: Json, *, guild: Guild | None = None, channel: Channel | None = None) -> None:
        """Tell the shard that is concerned; one without a socket hears it when it resumes."""
        guild = guild or (channel.guild if channel else None)
        away = not guild.has_app if guild else channel is not None and self.world.bot not in channel.recipients
        if away and event != "INTERACTION_CREATE":
            return
        for session in self.sessions.values():
            shard = 0 if guild is None else (guild.id >> 22) % session.shards
            if shard == session.shard and session.wants(event, channel):
                self._send(session, event, data)

    async def drop(self, code: int = 4000) -> None:
        """Close every socket; clients may resume."""
        for session in list(self.sessions.values()):
            if session.socket is not None and not session.socket.closed:
                await session.socket.close(code=code)
                session.socket = None

    async def ask_to_reconnect(self) -> None:
        """The opcode that Discord sends before it takes a gateway down."""
        await self._tell_all({"op": RECONNECT, "d": None, "s": None, "t": None})

    async def invalidate(self, *, resumable: bool = False) -> None:
        """Say that the sessions are invalid; without `resumable` they are forgotten."""
        await self._tell_all({"op": INVALID, "d": resumable, "s": None, "t": None})
        if not resumable:
            self.sessions.clear()

    async def forget(self) -> None:
        """Drop every socket and forget the sessions: whoever resumes is told to identify again."""
        await self.drop()
        self.sessions.clear()

    async def deliver(self) -> None:
        """Runs as long as the server does: sends what `dispatch` queued, in order."""
        while True:
            socket, frame = await self._outbox.get()
            if not socket.closed:
                try:
                    await socket.send_str(json.dumps(frame))
                except ConnectionError:
                    continue  # the client went away meanwhile; it will resume

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One socket from hello to its end."""
        socket = web.WebSocketResponse(max_msg_size=1 << 20)
        await socket.prepare(request)
        if self.refuses:
            await socket.close(code=WSCloseCode.SERVICE_RESTART)
            return socket
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": HEARTBEAT_MILLISECONDS}, "s": None, "t": None})
        session: Session | None = None
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                continue
            message: Json = json.loads(frame.data)
            if len(frame.data) > limits.GATEWAY_BYTES:
                await socket.close(code=UNDECODABLE)
                break
            if session is not None and self._is_too_fast(session):
                await socket.close(code=TOO_FAST)
                break
            session = await self._answer(socket, session, message["op"], message["d"])
        if session is not None and session.socket is socket:
            session.socket = None
        self.news.tell()
        return socket

    async def _answer(
        self, socket: web.WebSocketResponse, session: Session | None, op: int, data: Any
    ) -> Session | None:
        if op == HEARTBEAT:
            self.heartbeats += 1
            await socket.send_json({"op": ACK, "d": None, "s": None, "t": None})
        elif op == IDENTIFY:
            return await self._identify(socket, data)
        elif op == RESUME:
            return await self._resume(socket, data)
        elif session is None:
            await socket.close(code=NOT_IDENTIFIED)
        elif op == PRESENCE:
            self.presence = data
        elif op == MEMBERS:
            self._list_members(session, data)
        return session

    async def _identify(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        if data["token"] != self.token:
            await socket.close(code=BAD_TOKEN)
            return None
        privileged = sum(PRIVILEGED.values())
        if data["intents"] & privileged & ~self.allowed_intents:
            await socket.close(code=BAD_INTENTS)
            return None
        shard, shards = data.get("shard") or (0, 1)
        self.identified += 1
        session = Session(id=f"session{self.identified}", intents=data["intents"], shard=shard, shards=shards)
        session.socket = socket
        self.sessions[session.id] = session
        self._welcome(session)
        self.news.tell()
        return session

    def _welcome(self, session: Session) -> None:
        guilds = [
            guild
            for guild in self.world.guilds.values()
            if guild.has_app and (guild.id >> 22) % session.shards == session.shard
        ]
        ready: Json = {
            "v": 10,
            "user": payloads.me(self.world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": URL,
            "shard": [session.shard, session.shards],
            "application": {"id": str(self.world.app_id), "flags": 0},
            "private_channels": [],
        }
        self._send(session, "READY", ready)
        for guild in guilds:
            if session.wants("GUILD_CREATE", None):
                self._send(session, "GUILD_CREATE", payloads.guild_create(guild))

    async def _resume(self, socket: web.WebSocketResponse, data: Json) -> Session | None:
        session = self.sessions.get(data["session_id"])
        if data["token"] != self.token:
            await socket.close(code=BAD_TOKEN)
            return None
        if session is None:
            await socket.send_json({"op": INVALID, "d": False, "s": None, "t": None})
            return None
        if data["seq"] > session.sequence:
            await socket.close(code=BAD_SEQUENCE)
            return None
        self.resumed += 1
        session.socket = socket
        for frame in [frame for frame in session.sent if frame["s"] > data["seq"]]:
            self._outbox.put_nowait((socket, frame))
        self._send(session, "RESUMED", {})
        self.news.tell()
        return session

    def _list_members(self, session: Session, data: Json) -> None:
        guild = self.world.guilds[int(data["guild_id"])]
        wanted = {int(each) for each in data.get("user_ids") or []}
        chosen = [each for number, each in guild.members.items() if not wanted or number in wanted]
        chunk: Json = {"guild_id": str(guild.id), "members": [payloads.member(each) for each in chosen]}
        chunk |= {"chunk_index": 0, "chunk_count": 1, "nonce": data.get("nonce"), "not_found": []}
        self._send(session, "GUILD_MEMBERS_CHUNK", chunk)

    def _is_too_fast(self, session: Session) -> bool:
        now = self.clock.monotonic()
        session.sends.append(now)
        while session.sends[0] < now - 60:
            session.sends.popleft()
        return len(session.sends) > limits.GATEWAY_SENDS

    def _send(self, session: Session, event: str, data: Json) -> None:
        session.sequence += 1
        frame: Json = {"op": DISPATCH, "t": event, "s": session.sequence, "d": data}
        session.sent.append(frame)
        if session.socket is not None and not session.socket.closed:
            self._outbox.put_nowait((session.socket, frame))

    async def _tell_all(self, frame: Json) -> None:
        for session in self.sessions.values():
            if session.socket is not None and not session.socket.closed:
                self._outbox.put_nowait((session.socket, frame))

"""The way to Discord: the internet, or in development one other server that plays all of Discord's hosts."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

API, GATEWAY = "discord.com", "gateway.discord.gg"
FILE_HOSTS = ("cdn.discordapp.com", "media.discordapp.net")
HOSTS = (API, GATEWAY, *FILE_HOSTS)


class OneServer(AbstractResolver):
    """Finds Discord's hosts at one `host:port`, and no other host at all."""

    def __init__(self, endpoint: str) -> None:
        host, _, port = endpoint.rpartition(":")
        self._host, self._port = host.strip("[]"), int(port)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises OSError for a name that is none of Discord's."""
        if host not in HOSTS:
            raise OSError(None, f"{host} is not one of Discord's hosts")
        return [
            ResolveResult(
                hostname=host,
                host=self._host,
                port=self._port,
                family=socket.AF_INET6 if ":" in self._host else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
        ]

    async def close(self) -> None:
        """Nothing is held open."""


def connector(endpoint: str | None = None, ca: Path | None = None) -> aiohttp.TCPConnector:
    """Connections for the client library and for downloads; call it inside the running loop.

    With `endpoint` ("127.0.0.1:8443") every host of Discord is that server, and its certificate has to come from `ca`
    (PEM). Both are meant for development and tests.
    """
    if endpoint is None:
        return aiohttp.TCPConnector(limit=0)
    context = ssl.create_default_context(cafile=None if ca is None else str(ca))
    return aiohttp.TCPConnector(limit=0, use_dns_cache=False, ssl=context, resolver=OneServer(endpoint))

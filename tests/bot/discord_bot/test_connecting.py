"""The way to Discord in development: one server, its certificate, and no other host."""

from __future__ import annotations

import asyncio
import os
import sys

import aiohttp
import pytest

from bot.discord_bot.connecting import HOSTS, OneServer, connector
from tests.discord.fake import FakeDiscord

PROGRAM = """
import asyncio, discord
from bot.discord_bot.connecting import connector
from bot.settings import Settings

class Program(discord.Client):
    async def on_connect(self):
        print(self.user, flush=True)
        await self.close()

async def main():
    settings = Settings.load(_env_file=None)
    way = connector(settings.discord_endpoint, settings.discord_ca)
    await Program(connector=way, intents=discord.Intents(guilds=True)).start(settings.discord_token.get_secret_value())

asyncio.run(main())
"""


async def test_a_program_of_its_own_is_pointed_at_another_server_by_settings() -> None:
    async with FakeDiscord() as fake:
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, env=os.environ | fake.environment, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await program.communicate()
        assert said.decode().startswith("Restyle")
        assert fake.gateway.identified == 1


async def test_every_host_of_discord_is_the_one_server_and_others_are_not_found() -> None:
    server = OneServer("[::1]:8443")
    for host in HOSTS:
        [found] = await server.resolve(host, 443)
        assert (found["host"], found["port"]) == ("::1", 8443)
    with pytest.raises(OSError, match="is not one of"):
        await server.resolve("example.org", 443)


async def test_without_its_certificate_the_server_is_not_trusted() -> None:
    async with FakeDiscord() as fake, aiohttp.ClientSession(connector=connector(fake.endpoint)) as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get("https://discord.com/api/v10/gateway")

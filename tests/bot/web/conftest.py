"""One installation and one browser for all of the page's tests; every test is a person of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from tests.bot.web.house import House, Visitor, open_house


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def whole_house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("house")) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def house(whole_house: House) -> AsyncIterator[House]:
    """The installation with an empty queue, and left with one."""
    yield whole_house
    await whole_house.worker.work_all()


@pytest_asyncio.fixture(loop_scope="session")
async def visitor(house: House) -> AsyncIterator[Visitor]:
    async with house.visitor() as visitor:
        yield visitor


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        sentence = "no Chromium on this machine: install the package chromium to run the page's browser tests"
        pytest.fail(sentence) if os.environ.get("CI") else pytest.skip(sentence)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        await browser.close()

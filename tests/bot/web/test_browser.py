"""The page in a real Chromium."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from bot.web.server import build_web, serve
from core.domain.clock import SystemClock
from tests.bot.web.house import SECRET, House, jpeg, png
from tests.core.imaging.pictures import quadrants
from tests.core.imaging.videos import video

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DROP = """([data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "a.png", { type: "image/png" }));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
}"""
UNLABELLED = """() => [...document.querySelectorAll("button, a, input, select, textarea")]
  .filter((node) => node.checkVisibility())
  .filter((node) => !(node.ariaLabel || node.innerText?.trim() || node.labels?.length))
  .map((node) => node.outerHTML)
  .concat([...document.querySelectorAll("img:not([alt])")].map((node) => node.outerHTML))"""


@asynccontextmanager
async def opened(browser: Browser, address: str, **options: object) -> AsyncIterator[Page]:
    """A page that may not throw, and whose policy may not be broken."""
    context = await browser.new_context(reduced_motion="reduce", **options)  # type: ignore[arg-type]  # options by name
    page = await context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if "Security Policy" in said.text else None)
    await page.goto(address)
    await page.locator("#style option").nth(1).wait_for(state="attached")
    yield page
    assert not troubles
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(house: House, browser: Browser) -> AsyncIterator[Page]:
    async with opened(browser, house.address) as page:
        yield page


async def attach(page: Page) -> None:
    await page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": png()})
    await expect(page.locator("#chip-words")).to_contain_text("128×128")


async def say(page: Page, line: str) -> None:
    await page.fill("#line", line)
    await page.keyboard.press("Escape")
    await page.keyboard.press("Enter")


async def restyle(page: Page, line: str = "/restyle a fox 0.5") -> None:
    await attach(page)
    await say(page, line)
    await expect(page.locator(".card").first).to_be_visible()  # it may be running already


async def test_a_dropped_picture_and_a_command_become_a_picture(house: House, page: Page) -> None:
    await expect(page.locator("#welcome")).to_be_visible()
    await page.evaluate(DROP, [b64encode(png()).decode()])
    await expect(page.locator("#chip-words")).to_contain_text("128×128")
    await say(page, "/restyle a fox 0.5")
    await expect(page.locator(".card.queued")).to_contain_text("Restyling")
    lease = await house.worker.start()
    house.worker.step(lease.job, 4, jpeg("red"))
    await expect(page.locator(".card.running .meter")).to_contain_text(f"4/{lease.job.request.plan.run}")
    await expect(page.locator(".card.running img.preview")).to_be_visible()
    await house.worker.finish(lease)
    await expect(page.locator(".card.done .headline")).to_contain_text("a fox · 0.5")
    assert (
        await page.locator("img.after").evaluate("async (image) => { await image.decode(); return image.width }") >= 320
    )
    await expect(page.locator("#welcome")).to_be_hidden()
    await expect(page.locator("#chip")).to_be_visible()


async def test_every_button_of_a_result_does_its_thing(house: House, page: Page) -> None:
    await restyle(page, "/restyle a fox 0.5 seed=7")
    await house.worker.work_all()
    first = page.locator(".entry").first
    await first.get_by_role("button", name="Info").click()
    await expect(first.locator(".facts")).to_contain_text("seed")
    for name in ("Subtle", "Strong", "Re-roll"):
        await first.get_by_role("button", name=name).click()
    await expect(page.locator(".card")).to_have_count(4)
    await first.get_by_role("button", name="Edit").click()
    await expect(page.locator("#line")).to_have_value("/restyle a fox 0.5 seed=7")
    async with page.expect_download() as download:
        await first.get_by_role("link", name="Full file").click()
    assert (await download.value).suggested_filename == "restyle-a-fox-0-5-seed-7-7.png"
    delete = first.locator("[data-action=delete]")
    await delete.click()
    await expect(page.locator(".card")).to_have_count(4)
    await delete.click()
    await expect(page.locator(".card")).to_have_count(3)


async def test_another_strength_is_chosen_from_a_question(house: House, page: Page) -> None:
    await restyle(page, "/restyle a fox 0.5 seed=7")
    await house.worker.work_all()
    first = page.locator(".entry").first
    await first.get_by_role("button", name="Strength").click()
    await first.get_by_role("button", name="0.8", exact=True).click()
    await expect(page.locator(".card")).to_have_count(2)
    await expect(first).to_contain_text("next in line")
    await house.worker.work_all()
    await expect(page.locator(".card").nth(1)).to_contain_text("0.8 · seed 7")


async def test_a_reload_in_the_middle_shows_the_true_state_and_goes_on(house: House, page: Page) -> None:
    await restyle(page)
    lease = await house.worker.start()
    house.worker.step(lease.job, 5)
    await page.fill("#line", "/sweep half typed")
    await page.reload()
    await expect(page.locator(".card.running .meter")).to_contain_text(f"5/{lease.job.request.plan.run}")
    await expect(page.locator("#line")).to_have_value("/sweep half typed")
    await expect(page.locator("#chip")).to_be_visible()
    await house.worker.finish(lease)
    await expect(page.locator(".card.done")).to_be_visible()


async def test_the_page_comes_back_after_a_restart_of_the_server(house: House, browser: Browser) -> None:
    async with house.another_page() as address:
        port = int(address.rsplit(":", 1)[1].strip("/"))
        pages = opened(browser, address)
        page = await pages.__aenter__()
        await restyle(page)
    await expect(page.locator("#connection")).to_have_text("Reconnecting…")
    await house.worker.work_all()
    settings = house.settings.model_copy(update={"web_port": port})
    async with serve(build_web(house.service, settings, SystemClock(), SECRET), settings):
        await expect(page.locator(".card.done")).to_be_visible(timeout=15_000)
        await expect(page.locator("#connection")).to_have_text("")
        await pages.__aexit__(None, None, None)


async def test_a_mistake_is_named_beside_what_was_typed_and_the_line_is_kept(page: Page) -> None:
    await attach(page)
    await say(page, "/restyle fox strenght=0.5")
    await expect(page.locator(".entry", has_text="strenght").locator(".error")).to_contain_text("did you mean strength")
    await expect(page.locator("#line")).to_have_value("/restyle fox strenght=0.5")
    await page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": b"not a picture"})
    await expect(page.locator(".error").last).to_contain_text("not a picture I can read")
    await expect(page.locator("#chip-words")).to_contain_text("128×128")


async def test_a_video_can_be_chosen_and_its_first_frame_is_attached(page: Page) -> None:
    assert "video/*" in (await page.get_attribute("#file", "accept") or "")
    clip = video([quadrants()], "webm", "libvpx-vp9")
    await page.set_input_files("#file", {"name": "a.webm", "mimeType": "video/webm", "buffer": clip})
    await expect(page.locator("#chip-words")).to_contain_text("64×48 · first frame of a video")


async def test_html_is_shown_and_never_run(house: House, page: Page) -> None:
    line = "/restyle <img/src='x'/onerror='window.hit=1'><b>bold</b> مرحبا"
    await restyle(page, line)
    await house.worker.work_all()
    await expect(page.locator(".card.done .headline")).to_contain_text("<b>bold</b>")
    await expect(page.locator(".typed p")).to_have_text(line)
    assert await page.evaluate("window.hit") is None


async def test_everything_works_from_the_keyboard(house: House, page: Page) -> None:
    await attach(page)
    await page.focus("#line")
    await page.keyboard.type("/res")
    await page.keyboard.press("Tab")
    await page.keyboard.type("water")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(page.locator("#line")).to_have_value("/restyle watercolour ")
    await page.keyboard.press("Enter")
    await expect(page.locator(".card.queued")).to_be_visible()
    await house.worker.work_all()
    slider = page.get_by_role("slider", name="Compare with the original")
    await slider.focus()
    await page.keyboard.press("End")
    await expect(slider).to_have_attribute("aria-valuetext", "the original")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".card")).to_have_count(2)


async def test_the_slider_and_the_picker_write_into_the_line(page: Page) -> None:
    await page.fill("#line", "/restyle fox 0.6 seed=7")
    await page.locator("#strength").fill("0.3")
    await page.select_option("#style", "oil")
    await expect(page.locator("#line")).to_have_value("/restyle fox 0.3 seed=7 style=oil")
    await page.fill("#line", "/restyle fox 45% seed=7")
    await expect(page.locator("#strength-value")).to_have_text("0.45")


async def test_a_sweep_is_a_grid_to_choose_from(house: House, page: Page) -> None:
    await attach(page)
    await say(page, "/sweep a fox")
    await expect(page.locator(".card.queued .cell")).to_have_count(4)
    await house.worker.finish(await house.worker.start())
    await expect(page.locator(".cell img.after")).to_have_count(1)
    await house.worker.work_all()
    await expect(page.locator(".card.done .cell img.after")).to_have_count(4)
    await expect(page.get_by_role("link", name="Sheet")).to_be_visible()
    await page.get_by_role("button", name="Use 0.45").click()
    await expect(page.locator(".card")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_telephone_nothing_is_wider_than_the_screen_and_all_is_named(
    house: House, browser: Browser, scheme: str
) -> None:
    size = {"width": 360, "height": 740}
    options = {"viewport": size, "color_scheme": scheme, "has_touch": True, "is_mobile": True}
    async with opened(browser, house.address, **options) as page:
        await expect(page.locator("#camera")).to_have_attribute("capture", "environment")
        await restyle(page, "/restyle " + "longword" * 30)
        await say(page, "/sweep a fox")
        await expect(page.locator(".cell")).to_have_count(4)
        await house.worker.work_all()
        await expect(page.locator(".card.done")).to_have_count(2)
        for line in ("/info", "/help", "/history", "/queue", "/settings"):
            await say(page, line)
            await expect(page.locator(".private")).not_to_have_count(0)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360
        assert await page.evaluate(UNLABELLED) == []


async def test_the_example_is_one_click(house: House, page: Page) -> None:
    await page.click("#try")
    await expect(page.locator(".card.queued")).to_be_visible()
    await expect(page.locator(".typed")).to_contain_text("watercolour")

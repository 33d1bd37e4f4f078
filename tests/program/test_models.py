"""Several models offered by the whole program, in memory for one."""

from __future__ import annotations

from pathlib import Path

from core.imaging import provenance
from tests.core.engine.making import drawn, png
from tests.program.person import Person
from tests.program.running import Program
from tests.small_models import small_sd, small_z_image


async def test_people_choose_a_model_by_its_short_name(tmp_path: Path) -> None:
    default, other = small_sd(tmp_path / "Plain"), small_z_image(tmp_path / "Z-Image-Ink")
    settings = {"model": str(default), "models": f"{other},{tmp_path / 'missing'}", "model_memory": "0.000001"}
    program = Program(tmp_path / "data", settings=settings)
    program.start()
    async with Person(program.address) as person:
        await person.upload(png(drawn(1)))
        lines = [f"/restyle a cat 0.5 size=32x32 steps=2 {model}" for model in ("", "model=z-image-ink", "model=plain")]
        cards = [(await person.say(line))["card"]["id"] for line in lines]
        for card, model in zip(cards, (default, other, default), strict=True):
            ended = await person.ended(card)
            assert ended["status"] == "done", program.log()[-3000:]
            result = await person.fetch(ended["results"][0]["full"])
            assert (provenance.read(result) or {})["model"] == model.name.lower()
        assert "did you mean z-image-ink" in str(await person.say("/restyle a cat model=z-image-inc"))
        missing = await person.say("/restyle a cat model=missing")
        assert "The model missing was not found" in (await person.ended(missing["card"]["id"]))["headline"]
        line = "/restyle a cat 0.5 size=32x32 steps=2 model=z-image-ink scheduler=ddim"
        while "card" in (refused := await person.say(line)):  # until the engine's next pulse has told its models
            refused = await person.ended(refused["card"]["id"])
        assert "ddim does not work with the model z-image-ink" in str(refused)
        metrics = (await person.fetch("/metrics")).decode()
        assert 'restyle_model_bytes{engine="0",model="z-image-ink"}' in metrics
    assert program.stop() == 0

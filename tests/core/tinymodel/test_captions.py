"""Captions and the tokenizer: what is asked for is named, in words that are one token each."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from core.tinymodel.captions import KIND_WORDS, LOOK_WORDS, caption
from core.tinymodel.config import TinyConfig, WorldConfig
from core.tinymodel.groups import Member, draw_group, members, shards
from core.tinymodel.text import build_tokenizer
from core.tinymodel.world import LOOKS, draw_picture

SMALL = TinyConfig(world=WorldConfig(size=64, groups=6, photo_groups=4, wide_groups=2, shard_groups=6))


@pytest.mark.parametrize("look", LOOKS)
def test_a_caption_names_outfit_and_look_where_it_must(look: str) -> None:
    for seed in range(40):
        picture = draw_picture(seed, Random(seed), look=look)
        words = caption(Member(look=look, picture=picture), Random(seed), name_outfit=True, name_look=True)

        assert picture.outfit.colour in words
        assert any(kind in words for kind in KIND_WORDS[picture.outfit.kind])
        assert any(word in words for word in LOOK_WORDS[look])


def test_captions_vary_and_some_leave_things_unsaid() -> None:
    picture = draw_picture(5, Random(5), look="oil")
    words = [caption(Member(look="oil", picture=picture), Random(i)) for i in range(60)]

    assert len(set(words)) > 40
    assert any(picture.outfit.colour not in w for w in words)
    assert any("oil" not in w for w in words)


def test_what_a_group_holds_is_what_is_drawn() -> None:
    for shard in shards(SMALL.world):
        listed = members(SMALL.world, shard, 1)
        pixels = draw_group(SMALL.world, shard, 1)

        assert len(listed) == 6
        assert pixels.shape == (6, shard.height, shard.width, 3)
        if shard.kind == "characters":
            assert len({m.picture.who for m in listed if m.picture}) == 1
            assert len({(m.picture.outfit, m.look) for m in listed if m.picture}) == 6


def test_words_of_the_world_are_one_token_and_anything_else_falls_back_on_bytes(tmp_path: Path) -> None:
    config = replace(SMALL, world=replace(SMALL.world, groups=60, shard_groups=60))
    tokenizer = build_tokenizer(config, tmp_path)
    pieces = tokenizer.tokenize("Watercolour of red armour")
    strange = tokenizer("ünïcode 😀").input_ids

    assert pieces == ["watercolour</w>", "of</w>", "red</w>", "armour</w>"]
    assert tokenizer.convert_tokens_to_ids(tokenizer.eos_token) not in strange[1:-1]
    assert tokenizer.decode(strange, skip_special_tokens=True).strip() == "ünïcode 😀"
    assert len(tokenizer("word " * 500, truncation=True).input_ids) == config.text.length

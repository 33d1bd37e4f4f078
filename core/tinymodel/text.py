"""The tokenizer, whose words are those of the captions with bytes to fall back on, and the text encoder."""

import json
from pathlib import Path
from random import Random

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from core.tinymodel.captions import QUALITY, caption
from core.tinymodel.config import TextConfig, TinyConfig
from core.tinymodel.groups import members, shards
from core.tinymodel.world import BACKGROUNDS

START, END = "<|startoftext|>", "<|endoftext|>"
COMMON = (
    "a an and as at background beautiful bright by change clothes dark drawing dressed for from give her him his in "
    "into is it like light make me my of on outfit painting person picture pretty put quality shirt style the this to "
    "turn very wear wearing with jacket sweater knight wizard robot cat dog animal landscape house tree car "
    "sky sun summer winter"
)


def _corpus(config: TinyConfig) -> list[str]:
    """Captions of some groups, enough to meet every word many times."""
    lines = [COMMON, *QUALITY, *BACKGROUNDS] * 40
    for shard in shards(config.world):
        for index in range(min(shard.groups, 60)):
            random = Random(f"corpus-{shard.name}-{index}")
            lines += [
                caption(member, random, name_outfit=True, name_look=True)
                for member in members(config.world, shard, index)
            ]
    return lines


def build_tokenizer(config: TinyConfig, folder: Path) -> CLIPTokenizer:
    """Learn the merges, write `vocab.json` and `merges.txt` into `folder`, and load them as a CLIP tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    learner = Tokenizer(models.BPE(end_of_word_suffix="</w>", unk_token=END))
    learner.normalizer = normalizers.Lowercase()
    learner.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Punctuation(),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    learner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=config.text.vocabulary - 258,
        initial_alphabet=alphabet,
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    learner.train_from_iterator(_corpus(config), trainer)
    learned = json.loads(learner.to_str())["model"]
    merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in learned["merges"]]
    letters = sorted(alphabet)
    tokens = [*letters, *(f"{x}</w>" for x in letters), *("".join(m) for m in merges), START, END]
    vocabulary = {token: i for i, token in enumerate(dict.fromkeys(tokens))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *(" ".join(m) for m in merges)]) + "\n")
    tokenizer = CLIPTokenizer(
        vocab=str(folder / "vocab.json"),
        merges=str(folder / "merges.txt"),
        model_max_length=config.text.length,
        bos_token=START,
        eos_token=END,
        unk_token=END,
        pad_token=END,
    )
    tokenizer.save_pretrained(folder)
    return tokenizer


def build_text_encoder(config: TextConfig, tokenizer: CLIPTokenizer, seed: int) -> CLIPTextModel:
    """An untrained text encoder for that tokenizer; its states are (batch, length, width)."""
    torch.manual_seed(seed)
    vocabulary = tokenizer.get_vocab()
    settings = CLIPTextConfig(
        vocab_size=len(vocabulary),
        hidden_size=config.width,
        intermediate_size=config.width * 3,
        projection_dim=config.width,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        max_position_embeddings=config.length,
        bos_token_id=vocabulary[START],
        eos_token_id=vocabulary[END],
        pad_token_id=vocabulary[END],
    )
    return CLIPTextModel(settings)

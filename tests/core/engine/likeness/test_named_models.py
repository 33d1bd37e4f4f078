"""What an operator names to measure likeness and find faces: small models of transformers, made on the spot.

They are untrained; the last layers of those that find something are set, so that it is known what they see.
"""

from __future__ import annotations

import io
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from transformers import (
    CLIPSegConfig,
    CLIPSegForImageSegmentation,
    CLIPSegProcessor,
    Dinov2Config,
    Dinov2Model,
    OwlViTConfig,
    OwlViTForObjectDetection,
    OwlViTImageProcessorPil,
    OwlViTProcessor,
    PreTrainedModel,
    SegformerConfig,
    SegformerForSemanticSegmentation,
    SegformerImageProcessorPil,
    SiglipVisionConfig,
    SiglipVisionModel,
    ViTImageProcessorPil,
    YolosConfig,
    YolosForObjectDetection,
    YolosImageProcessorPil,
)

from core.domain.likeness import Likeness, Scale
from core.domain.names import BlobId, JobId
from core.engine.contract import EngineConfig, LikenessConfig, Look
from core.engine.likeness.eyes import Eyes
from core.engine.running import Hooks, Task
from core.errors import EngineError, InputError, ModelError, StartError
from core.tinymodel.config import TinyConfig
from core.tinymodel.draw import draw
from core.tinymodel.measure import held_out
from core.tinymodel.world import draw_outfit
from tests.core.engine.conftest import config_for
from tests.core.engine.making import drawn, png, request_for
from tests.small_models import small_tokenizer

SIDE = 64
BASE = BlobId("b" * 64)
PICTURE, STRANGER = drawn(1, SIDE, SIDE), drawn(2, SIDE, SIDE)
TINY: dict[str, Any] = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "image_size": 32}
SURE = 9.0  # a logit


def eyes(
    *,
    model: Path | str = "",
    face: Path | str = "",
    finder: Path | str = "",
    scales: dict[str, Scale] | None = None,
) -> Eyes:
    spec = config_for("bundled").spec
    given = LikenessConfig(model=str(model), face=str(face), finder=str(finder), scales=scales or {})
    return Eyes(EngineConfig(model="another", spec=spec, device="cpu", offline=True, likeness=given))


def score(eyes: Eyes, image: Image.Image) -> float | None:
    """Of a picture that another model than the bundled one made of PICTURE's character."""
    asked = Likeness(base=BASE)
    request = request_for(model="another", likeness=asked)
    task = Task(job=JobId("1"), request=request, picture=b"", mask=None, hooks=Hooks(), others={BASE: png(PICTURE)})
    return eyes.score(task, asked, image)


def found(eyes: Eyes, words: str = "") -> np.ndarray[Any, Any]:
    area = eyes.find(Look(id="1", model="another", picture=png(PICTURE), words=words))
    return np.asarray(Image.open(io.BytesIO(area))) > 127


def set_to(layer: nn.Module, *values: float) -> None:
    """Make a layer answer the same whatever it sees."""
    assert isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)
    assert layer.bias is not None
    nn.init.zeros_(layer.weight)
    layer.bias.data = torch.tensor(values)


def saved(network: PreTrainedModel, processor: Any, folder: Path) -> Path:
    network.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def small_embedding(folder: Path, kind: str) -> Path:
    torch.manual_seed(0)
    network = {
        "dinov2": lambda: Dinov2Model(Dinov2Config(**TINY, patch_size=8, initializer_range=0.5)),
        "siglip": lambda: SiglipVisionModel(SiglipVisionConfig(**TINY, intermediate_size=16, patch_size=8)),
    }[kind]()
    return saved(network, ViTImageProcessorPil(size={"height": 32, "width": 32}), folder)


def small_detector(folder: Path) -> Path:
    """Sees a face in the middle of every picture, half as wide and as high."""
    torch.manual_seed(0)
    config = YolosConfig(**TINY | {"image_size": [32, 32]}, intermediate_size=16, patch_size=8, num_detection_tokens=2)
    config.id2label, config.label2id = {0: "face", 1: "shoe"}, {"face": 0, "shoe": 1}
    network = YolosForObjectDetection(config)
    set_to(network.class_labels_classifier.layers[-1], SURE, 0.0, 0.0)
    set_to(network.bbox_predictor.layers[-1], 0.0, 0.0, 0.0, 0.0)
    return saved(network, YolosImageProcessorPil(size={"height": 32, "width": 32}), folder)


def small_parser(folder: Path, *, hair: float) -> Path:
    """Sees hair everywhere, or clothes."""
    torch.manual_seed(0)
    config = SegformerConfig(
        num_encoder_blocks=1,
        depths=[1],
        sr_ratios=[1],
        hidden_sizes=[8],
        patch_sizes=[7],
        strides=[4],
        num_attention_heads=[1],
        mlp_ratios=[1],
        decoder_hidden_size=8,
        id2label={0: "cloth", 1: "hair"},
        label2id={"cloth": 0, "hair": 1},
    )
    network = SegformerForSemanticSegmentation(config)
    set_to(network.decode_head.classifier, 0.0, hair)
    return saved(network, SegformerImageProcessorPil(size={"height": 32, "width": 32}), folder)


def small_reader(folder: Path) -> Path:
    """CLIPSeg; it sees everything everywhere."""
    torch.manual_seed(0)
    tokenizer = small_tokenizer()
    text = {"hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 16}
    text |= {"vocab_size": len(tokenizer), "eos_token_id": 1, "bos_token_id": 0, "pad_token_id": 1}
    vision = TINY | {"num_hidden_layers": 3, "intermediate_size": 16, "patch_size": 8}
    config = CLIPSegConfig(
        text_config=text, vision_config=vision, projection_dim=16, extract_layers=[0, 1], reduce_dim=8
    )
    config.decoder_num_attention_heads, config.decoder_intermediate_size, config.image_size = 2, 16, 32
    network = CLIPSegForImageSegmentation(config)
    set_to(network.decoder.transposed_convolution, SURE)
    pictures = ViTImageProcessorPil(size={"height": 32, "width": 32})
    return saved(network, CLIPSegProcessor(image_processor=pictures, tokenizer=tokenizer), folder)


def small_owl(folder: Path) -> Path:
    """OWL-ViT; the first token, whose id is 0 in this tokenizer, ends all words for it: it sees nothing."""
    torch.manual_seed(0)
    tokenizer = small_tokenizer()
    text = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    text |= {"vocab_size": len(tokenizer), "max_position_embeddings": 77}
    vision = TINY | {"intermediate_size": 16, "patch_size": 8}
    network = OwlViTForObjectDetection(OwlViTConfig(text_config=text, vision_config=vision, projection_dim=16))
    pictures = OwlViTImageProcessorPil(size={"height": 32, "width": 32}, crop_size={"height": 32, "width": 32})
    return saved(network, OwlViTProcessor(image_processor=pictures, tokenizer=tokenizer), folder)


@pytest.mark.parametrize("kind", ["dinov2", "siglip"])
def test_an_embedding_measures_pictures_on_the_scale_that_was_set(kind: str, tmp_path: Path) -> None:
    named = small_embedding(tmp_path, kind)
    strict = Scale(strangers=0.9998, close=0.9999, same=0.99999)
    one = eyes(model=named, scales={str(named): strict})
    own, stranger = score(one, PICTURE), score(one, STRANGER)
    assert own is not None
    assert stranger is not None
    assert own > 0.99
    assert stranger < own
    lenient = score(eyes(model=named, scales={str(named): Scale(strangers=-1, close=-0.99, same=-0.98)}), STRANGER)
    assert lenient is not None
    assert lenient > max(0.8, stranger)


def test_a_face_model_counts_as_much_as_the_whole_picture_where_faces_are_found(tmp_path: Path) -> None:
    named, face = small_embedding(tmp_path / "whole", "dinov2"), small_embedding(tmp_path / "face", "siglip")
    finder = small_detector(tmp_path / "finder")
    scales = {str(face): Scale(strangers=0.9, close=0.99, same=0.999)}
    changed = PICTURE.copy()
    changed.paste(STRANGER.crop((16, 16, 48, 48)), (16, 16))  # the face alone
    without = score(eyes(model=named, scales=scales), changed)
    with_face = score(eyes(model=named, face=face, finder=finder, scales=scales), changed)
    assert without is not None
    assert with_face is not None
    assert with_face != pytest.approx(without, abs=1e-4)
    assert score(eyes(model=named, face=face, finder=finder, scales=scales), PICTURE) == pytest.approx(1, abs=1e-3)


def test_a_detector_of_faces_gives_an_oval_and_knows_no_words(tmp_path: Path) -> None:
    one = eyes(finder=small_detector(tmp_path))
    area = found(one)
    across, middle = np.flatnonzero(area.any(axis=0)), SIDE // 2
    assert abs(across.min() - SIDE // 4) <= 1
    assert abs(across.max() - 3 * SIDE // 4) <= 1
    assert area[middle, middle]
    assert not area[SIDE // 4 + 2, SIDE // 4 + 2]  # a corner of the box
    with pytest.raises(ModelError) as refusal:
        found(one, "the left shoe")
    assert refusal.value.reason == "no-finder-words"


def test_a_parser_of_faces_takes_the_parts_of_a_head_and_nothing_else(tmp_path: Path) -> None:
    assert found(eyes(finder=small_parser(tmp_path / "hair", hair=SURE))).all()
    with pytest.raises(EngineError) as refusal:
        found(eyes(finder=small_parser(tmp_path / "cloth", hair=-SURE)))
    assert refusal.value.reason == "no-face"


def test_a_segmenter_by_words_finds_what_is_said(tmp_path: Path) -> None:
    assert found(eyes(finder=small_reader(tmp_path)), "the red armour").all()


def test_a_detector_by_words_that_finds_nothing_says_what_it_looked_for(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="the red armour"):
        found(eyes(finder=small_owl(tmp_path)), "the red armour")


def test_what_cannot_be_loaded_is_named_without_its_folder(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    for named, reason in ((eyes(model=tmp_path / "broken"), "model"), (eyes(finder=tmp_path / "broken"), "finder")):
        with pytest.raises(ModelError) as refusal:
            named.check()
        assert "broken" in refusal.value.sentence, reason
        assert str(tmp_path) not in refusal.value.sentence


def test_a_scale_is_measured_on_some_characters_and_checked_on_others(tmp_path: Path) -> None:
    people = held_out(TinyConfig().world.held_out_seed, 24)
    random = Random("calibrating")
    shown = [[png(Image.fromarray(draw(one))) for one in (each, each.wearing(draw_outfit(random)))] for each in people]
    model = str(small_embedding(tmp_path, "dinov2"))
    found = eyes(model=model).calibrate(shown, faces=False)
    assert found.characters == 12
    assert 0.5 < found.auc <= 1
    assert found.scale.strangers < found.scale.close < found.scale.same < 1
    assert found.mistaken <= 0.25  # of strangers, meant to be one in twenty; a handful decides here
    assert 0 <= found.same <= found.close <= 1


@pytest.mark.parametrize(
    ("pictures", "reason"),
    [([[png(PICTURE), png(STRANGER)]], "few-characters"), ([[png(PICTURE)] * 2] * 9, "all-alike")],
)
def test_what_teaches_nothing_is_refused(tmp_path: Path, pictures: list[list[bytes]], reason: str) -> None:
    with pytest.raises(InputError) as refusal:
        eyes(model=small_embedding(tmp_path, "siglip")).calibrate(pictures, faces=False)
    assert refusal.value.reason == reason


def test_without_a_model_there_is_nothing_to_calibrate() -> None:
    with pytest.raises(StartError, match="RESTYLE_LIKENESS_MODEL names nothing"):
        eyes().calibrate([], faces=False)
    with pytest.raises(StartError, match="RESTYLE_FACE_MODEL names nothing"):
        eyes(model="m").calibrate([], faces=True)

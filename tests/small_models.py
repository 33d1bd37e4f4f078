"""Small models in diffusers' layout, made on the spot: untrained, but every part is the real class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKL,
    AutoencoderKLQwenImage,
    ControlNetModel,
    DDIMScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    FluxPipeline,
    FluxTransformer2DModel,
    LatentConsistencyModelPipeline,
    LCMScheduler,
    PNDMScheduler,
    QwenImagePipeline,
    QwenImageTransformer2DModel,
    SD3Transformer2DModel,
    StableDiffusion3Pipeline,
    StableDiffusionInpaintPipeline,
    StableDiffusionPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPipeline,
    UNet2DConditionModel,
    ZImagePipeline,
    ZImageTransformer2DModel,
)
from safetensors.torch import save_file
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    CLIPVisionConfig,
    CLIPVisionModelWithProjection,
    GLPNConfig,
    GLPNForDepthEstimation,
    GLPNImageProcessorPil,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen3Config,
    Qwen3Model,
    T5Config,
    T5EncoderModel,
)

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
_LENGTHS = {"base_image_seq_len": 64, "max_image_seq_len": 512}  # between which dynamic shifting has an effect
_WORDS = ["a", "the", "cat", "dragon", "watercolour", "of", "in", "red", "blue", "armour", "blurry"]


def small_sd(folder: Path, *, channels: int = 4, pndm: bool = False, inpainting: bool = False) -> Path:
    """Like Stable Diffusion 1.x; pictures are 2 pixels a latent cell. `inpainting`: the network sees the mask."""
    torch.manual_seed(0)
    kind = PNDMScheduler if pndm else DDIMScheduler
    options = {"skip_prk_steps": True} if pndm else {"clip_sample": False}
    pipeline = (StableDiffusionInpaintPipeline if inpainting else StableDiffusionPipeline)(
        **_sd_parts(channels),
        unet=_unet(channels, inpainting=inpainting, cross_attention_dim=32),
        scheduler=kind(**BETAS, **options, set_alpha_to_one=False, steps_offset=1),
    )
    return _saved(pipeline, folder)


def small_lcm(folder: Path) -> Path:
    """Like LCM Dreamshaper: a Stable Diffusion distilled from guidance, whose scale the network takes as an input."""
    torch.manual_seed(0)
    unet = _unet(4, cross_attention_dim=32, time_cond_proj_dim=16)
    unet.time_embedding.cond_proj.weight.data *= 10  # untrained, it would hardly hear the scale
    return _saved(LatentConsistencyModelPipeline(**_sd_parts(4), unet=unet, scheduler=LCMScheduler(**BETAS)), folder)


def small_sdxl(
    folder: Path, *, inpainting: bool = False, scheduler: Any = EulerDiscreteScheduler, **schedule: Any
) -> Path:
    """Like SDXL: two text encoders, and sizes as conditions."""
    torch.manual_seed(0)
    unet = _unet(
        4,
        inpainting=inpainting,
        cross_attention_dim=64,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=32 + 6 * 8,
    )
    pipeline = (StableDiffusionXLInpaintPipeline if inpainting else StableDiffusionXLPipeline)(
        vae=_vae(4),
        text_encoder=CLIPTextModel(_text_config()),
        text_encoder_2=CLIPTextModelWithProjection(_text_config()),
        tokenizer=small_tokenizer(),
        tokenizer_2=small_tokenizer(),
        unet=unet,
        scheduler=scheduler(**BETAS, steps_offset=1, **schedule),
    )
    return _saved(pipeline, folder)


def small_controlnet(folder: Path, model: Path, *, seed: int) -> Path:
    """A ControlNet for a small Stable Diffusion; its zeros are drawn instead, so that it says something."""
    torch.manual_seed(seed)
    unet = UNet2DConditionModel.from_pretrained(model / "unet")
    net = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(8, 8))  # 2 pixels a latent cell
    if unet.config.in_channels != unet.config.out_channels:  # it sees no masks
        net.conv_in = torch.nn.Conv2d(unet.config.out_channels, 16, 3, padding=1)
        net.register_to_config(in_channels=unet.config.out_channels)
    for part in (net.controlnet_cond_embedding.conv_out, *net.controlnet_down_blocks, net.controlnet_mid_block):
        torch.nn.init.normal_(part.weight, std=0.2)
    net.save_pretrained(folder, safe_serialization=True)
    return folder


def small_depth_estimator(folder: Path) -> Path:
    """Something that sees depth, or says so."""
    torch.manual_seed(0)
    config = GLPNConfig(
        depths=[1] * 4, hidden_sizes=[8, 8, 16, 16], num_attention_heads=[1, 1, 2, 2], decoder_hidden_size=8
    )
    GLPNForDepthEstimation(config).save_pretrained(folder)
    GLPNImageProcessorPil().save_pretrained(folder)
    return folder


def small_sd3(folder: Path, *, dynamic: bool = False) -> Path:
    """Like Stable Diffusion 3: a flow model with three text encoders. `dynamic`: larger pictures start noisier."""
    torch.manual_seed(0)
    pipeline = StableDiffusion3Pipeline(
        transformer=SD3Transformer2DModel(
            sample_size=32,
            patch_size=1,
            in_channels=16,  # the inpainting pipeline insists on it
            num_layers=1,
            attention_head_dim=8,
            num_attention_heads=4,
            joint_attention_dim=64,
            caption_projection_dim=32,
            pooled_projection_dim=64,
            out_channels=16,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0, use_dynamic_shifting=dynamic, **_LENGTHS),
        vae=_vae(16, shift_factor=0.6),
        text_encoder=CLIPTextModelWithProjection(_text_config()),
        tokenizer=small_tokenizer(),
        text_encoder_2=CLIPTextModelWithProjection(_text_config()),
        tokenizer_2=small_tokenizer(),
        text_encoder_3=_t5(),
        tokenizer_3=small_tokenizer(),
    )
    return _saved(pipeline, folder)


def small_flux(folder: Path, *, distilled: bool = True) -> Path:
    """Like Flux: packed latents. `distilled`, as dev is: guidance is an input, and the schedule knows the size."""
    torch.manual_seed(0)
    pipeline = FluxPipeline(
        transformer=FluxTransformer2DModel(
            in_channels=16 * 4,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=64,
            pooled_projection_dim=32,
            guidance_embeds=distilled,
            axes_dims_rope=(4, 6, 6),
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(
            shift=3.0 if distilled else 1.0, use_dynamic_shifting=distilled, **_LENGTHS
        ),
        vae=_vae(16, shift_factor=0.6),
        text_encoder=CLIPTextModel(_text_config()),
        tokenizer=small_tokenizer(),
        text_encoder_2=_t5(),
        tokenizer_2=small_tokenizer(),
    )
    return _saved(pipeline, folder)


def small_z_image(folder: Path) -> Path:
    """Like Z-Image: a language model reads the prompt, which becomes as many tokens as it has."""
    torch.manual_seed(0)
    tokenizer = small_tokenizer()
    tokenizer.chat_template = "{{ messages[0]['content'] }}"
    pipeline = ZImagePipeline(
        transformer=ZImageTransformer2DModel(
            dim=32,
            n_layers=1,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=32,
            axes_dims=[4, 6, 6],
            axes_lens=[1024, 64, 64],
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(shift=3.0),
        vae=_vae(16, shift_factor=0.6),
        text_encoder=Qwen3Model(
            Qwen3Config(
                vocab_size=1000,
                hidden_size=32,
                intermediate_size=37,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=2,
                head_dim=16,
            )
        ),
        tokenizer=tokenizer,
    )
    return _saved(pipeline, folder)


def small_qwen_image(folder: Path) -> Path:
    """Like Qwen-Image: packed latents of an autoencoder for films, and words of any length."""
    torch.manual_seed(0)
    pipeline = QwenImagePipeline(
        transformer=QwenImageTransformer2DModel(
            in_channels=4 * 4,
            out_channels=4,
            num_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=16,
            axes_dims_rope=(4, 6, 6),
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True, shift_terminal=0.02, **_LENGTHS),
        vae=AutoencoderKLQwenImage(
            base_dim=8,
            z_dim=4,
            dim_mult=[1, 2],
            num_res_blocks=1,
            temperal_downsample=[False],
            latents_mean=[-0.7, 0.1, 0.9, -0.2],
            latents_std=[2.8, 1.4, 0.8, 1.1],
        ),
        text_encoder=_qwen_reader(),
        tokenizer=_byte_tokenizer(),
    )
    # untrained, it would hardly hear its words among so many bytes
    pipeline.transformer.transformer_blocks[0].attn.add_v_proj.weight.data *= 100
    return _saved(pipeline, folder)


def small_adapter(folder: Path, model: Path, *, full: bool = False) -> Path:
    """An IP-Adapter for the UNet of a small model, with its image encoder. `full`: it sees every patch, not one sum."""
    torch.manual_seed(1)
    encoder = CLIPVisionModelWithProjection(
        CLIPVisionConfig(
            hidden_size=16,
            intermediate_size=32,
            projection_dim=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            image_size=16,
            patch_size=8,
        )
    )
    encoder.save_pretrained(folder / "image_encoder")
    unet = UNet2DConditionModel.from_pretrained(model, subfolder="unet")
    width = unet.config.cross_attention_dim
    projection = _full_projection(width) if full else _projection(width)
    weights = {f"image_proj.{name}": weight for name, weight in projection.items()}
    crossing = [name for name in unet.attn_processors if name.endswith("attn2.processor")]
    for number, name in enumerate(crossing):
        to_q = unet.get_submodule(name.removesuffix(".processor")).to_q
        for part in ("to_k_ip", "to_v_ip"):
            weights[f"ip_adapter.{2 * number + 1}.{part}.weight"] = torch.randn(to_q.out_features, width)
    path = folder / "adapter.safetensors"
    save_file(weights, path)
    return path


def _projection(width: int) -> dict[str, torch.Tensor]:
    """One vector of the whole picture as four tokens."""
    return {
        "proj.weight": torch.randn(4 * width, 16),
        "proj.bias": torch.randn(4 * width),
        "norm.weight": torch.ones(width),
        "norm.bias": torch.zeros(width),
    }


def _full_projection(width: int) -> dict[str, torch.Tensor]:
    """Each vector of a patch as a token."""
    return {
        "proj.0.weight": torch.randn(16, 16),
        "proj.0.bias": torch.randn(16),
        "proj.2.weight": torch.randn(width, 16),
        "proj.2.bias": torch.randn(width),
        "proj.3.weight": torch.ones(width),
        "proj.3.bias": torch.zeros(width),
    }


def _saved(pipeline: StableDiffusionPipeline, folder: Path) -> Path:
    pipeline.save_pretrained(folder, safe_serialization=True)
    return folder


def _sd_parts(channels: int) -> dict[str, Any]:
    return {
        "vae": _vae(channels),
        "text_encoder": CLIPTextModel(_text_config()),
        "tokenizer": small_tokenizer(),
        "safety_checker": None,
        "feature_extractor": None,
        "requires_safety_checker": False,
    }


def _vae(channels: int, **more: float) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=[8, 16],
        down_block_types=["DownEncoderBlock2D"] * 2,
        up_block_types=["UpDecoderBlock2D"] * 2,
        latent_channels=channels,
        norm_num_groups=4,
        **more,
    )


def _unet(channels: int, *, inpainting: bool = False, **more: str | int) -> UNet2DConditionModel:
    unet = UNet2DConditionModel(
        block_out_channels=(16, 32),
        layers_per_block=1,
        sample_size=16,
        in_channels=2 * channels + 1 if inpainting else channels,
        out_channels=channels,
        norm_num_groups=4,
        attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        **more,
    )
    for attention in (part for name, part in unet.named_modules() if name.endswith("attn2")):
        attention.to_v.weight.data *= 10  # untrained, it would hardly hear its words
    return unet


def _text_config() -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=1000,
        hidden_size=32,
        intermediate_size=37,
        num_attention_heads=4,
        num_hidden_layers=2,
        projection_dim=32,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=1,
    )


def _t5() -> T5EncoderModel:
    return T5EncoderModel(T5Config(vocab_size=1000, d_model=64, d_kv=8, d_ff=64, num_layers=1, num_heads=2))


def small_tokenizer() -> CLIPTokenizer:
    """Knows a few words, and every other one by its letters."""
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    pieces = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    merges: list[tuple[str, str]] = []
    for word in _WORDS:
        left, *rest = [*word[:-1], f"{word[-1]}</w>"]
        for piece in rest:
            merges.append((left, piece))
            left += piece
            pieces.append(left)
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    return CLIPTokenizer(vocab=vocabulary, merges=list(dict.fromkeys(merges)), model_max_length=77)


def _qwen_reader() -> Qwen2_5_VLForConditionalGeneration:
    shared = {"hidden_size": 16, "intermediate_size": 16}
    text = {
        **shared,
        "vocab_size": 300,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "rope_parameters": {"mrope_section": [1, 1, 2], "rope_type": "default", "rope_theta": 1_000_000.0},
    }
    vision = {**shared, "depth": 1, "num_heads": 2, "out_hidden_size": 16}
    return Qwen2_5_VLForConditionalGeneration(Qwen2_5_VLConfig(text_config=text, vision_config=vision))


def _byte_tokenizer() -> Qwen2Tokenizer:
    """A token for each byte."""
    names = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocabulary = {piece: number for number, piece in enumerate([*names, *sorted(ByteLevel.alphabet())])}
    return Qwen2Tokenizer(vocab=vocabulary, merges=[], extra_special_tokens=names[1:])

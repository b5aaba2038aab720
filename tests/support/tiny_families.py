"""One small random model of each family that the product takes, with the family's own tokenizer and image processor."""

import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AlignConfig,
    AlignModel,
    AltCLIPConfig,
    AltCLIPModel,
    BertTokenizer,
    ChineseCLIPConfig,
    ChineseCLIPModel,
    CLIPImageProcessor,
    MetaClip2Config,
    MetaClip2Model,
    Siglip2Config,
    Siglip2Model,
    XLMRobertaTokenizer,
)
from transformers.models.chinese_clip.image_processing_pil_chinese_clip import ChineseCLIPImageProcessorPil
from transformers.models.efficientnet.image_processing_pil_efficientnet import EfficientNetImageProcessorPil
from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil
from transformers.models.siglip2.tokenization_siglip2 import Siglip2Tokenizer

from tests.support.tiny_clip import (
    CONTEXT,
    PIXELS,
    SIZES,
    save_tiny,
    siglip2_tokenizer,
    text_config,
    write_tiny_clip,
    write_tiny_siglip,
)

DIM = 16
CHARACTERS = [*map(chr, range(33, 127)), *"红色的杯子猫"]
VISION: dict[str, Any] = {**SIZES, "image_size": PIXELS, "patch_size": 8}
SQUARE: dict[str, Any] = {
    "size": {"shortest_edge": PIXELS},
    "crop_size": {"height": PIXELS, "width": PIXELS},
}


def write_tiny_metaclip2(folder: Path) -> Path:
    """MetaCLIP 2: CLIP's towers, another vocabulary."""
    tokenizer = _xlm_roberta()
    text = {**text_config(tokenizer), "projection_dim": DIM}
    config = MetaClip2Config(text_config=text, vision_config=VISION, projection_dim=DIM)
    return _saved(folder, MetaClip2Model(config), tokenizer, CLIPImageProcessor(**SQUARE))


def write_tiny_siglip2_naflex(folder: Path) -> Path:
    """SigLIP 2 for images of any shape, as patches."""
    words = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *map(chr, range(33, 127))]
    vocabulary = {word: number for number, word in enumerate(words)}
    tokenizer = Siglip2Tokenizer(vocab=vocabulary, merges=[])
    vision = {**SIZES, "patch_size": 8, "num_patches": 16}
    config = Siglip2Config(text_config=text_config(tokenizer), vision_config=vision)
    return _saved(
        folder, Siglip2Model(config), tokenizer, Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16)
    )


def write_tiny_align(folder: Path) -> Path:
    """ALIGN: BERT beside EfficientNet; 64 numbers an embedding are the fewest that its image side makes."""
    tokenizer = _bert()
    vision = {
        "image_size": PIXELS,
        "kernel_sizes": [3, 3, 5],
        "in_channels": [32, 16, 24],
        "out_channels": [16, 24, 30],
        "hidden_dim": 64,
        "strides": [1, 1, 2],
        "num_block_repeats": [1, 1, 2],
        "expand_ratios": [1, 6, 6],
        "depthwise_padding": [],
    }
    config = AlignConfig(text_config=text_config(tokenizer), vision_config=vision, projection_dim=64)
    processor = EfficientNetImageProcessorPil(
        size={"height": PIXELS, "width": PIXELS},
        crop_size={"height": PIXELS, "width": PIXELS},
        include_top=False,
    )
    return _saved(folder, AlignModel(config), tokenizer, processor)


def write_tiny_altclip(folder: Path) -> Path:
    """AltCLIP: XLM-R beside CLIP's image side. XLM-R leaves its first two positions unused."""
    tokenizer = _xlm_roberta()
    text = {**text_config(tokenizer), "max_position_embeddings": CONTEXT + 2, "project_dim": DIM}
    config = AltCLIPConfig(text_config=text, vision_config=VISION, projection_dim=DIM)
    return _saved(folder, AltCLIPModel(config), tokenizer, CLIPImageProcessor(**SQUARE))


def write_tiny_chinese_clip(folder: Path) -> Path:
    """Chinese-CLIP: BERT beside CLIP's image side."""
    tokenizer = _bert()
    config = ChineseCLIPConfig(text_config=text_config(tokenizer), vision_config=VISION, projection_dim=DIM)
    return _saved(folder, ChineseCLIPModel(config), tokenizer, ChineseCLIPImageProcessorPil(**SQUARE))


WRITERS: dict[str, Callable[[Path], Path]] = {
    "clip": write_tiny_clip,
    "siglip": write_tiny_siglip,
    "siglip-2": lambda folder: write_tiny_siglip(folder, siglip2_tokenizer()),
    "siglip-2-naflex": write_tiny_siglip2_naflex,
    "metaclip-2": write_tiny_metaclip2,
    "align": write_tiny_align,
    "altclip": write_tiny_altclip,
    "chinese-clip": write_tiny_chinese_clip,
}
"""Name → what writes its folder."""
TOKENIZERS = {
    "clip": "CLIPTokenizer",
    "siglip": "SiglipTokenizer",
    "siglip-2": "GemmaTokenizer",
    "siglip-2-naflex": "Siglip2Tokenizer",
    "metaclip-2": "XLMRobertaTokenizer",
    "align": "BertTokenizer",
    "altclip": "XLMRobertaTokenizer",
    "chinese-clip": "BertTokenizer",
}
"""Name → the class that reads its texts."""


def _saved(folder: Path, model: Any, tokenizer: Any, processor: Any) -> Path:
    return save_tiny(folder, model, torch.float32, tokenizer, processor)


def _bert() -> BertTokenizer:
    words = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *CHARACTERS,
        *(f"##{c}" for c in string.ascii_lowercase),
    ]
    return BertTokenizer(vocab={word: number for number, word in enumerate(words)})


def _xlm_roberta() -> XLMRobertaTokenizer:
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    words = [(word, 0.0) for word in special] + [(character, -2.0) for character in ["▁", *CHARACTERS]]
    return XLMRobertaTokenizer(vocab=[*words, ("<mask>", 0.0)])

"""Open-vocabulary detectors of every family, small and random, saved as folders that the product's own code loads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BertConfig,
    CLIPTextConfig,
    CLIPTokenizer,
    GroundingDinoConfig,
    GroundingDinoForObjectDetection,
    MMGroundingDinoConfig,
    MMGroundingDinoForObjectDetection,
    OmDetTurboConfig,
    OmDetTurboForObjectDetection,
    Owlv2Config,
    Owlv2ForObjectDetection,
    OwlViTConfig,
    OwlViTForObjectDetection,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    SwinConfig,
)
from transformers.models.detr.image_processing_pil_detr import DetrImageProcessorPil
from transformers.models.grounding_dino.image_processing_pil_grounding_dino import (
    GroundingDinoImageProcessorPil,
)
from transformers.models.owlv2.image_processing_pil_owlv2 import Owlv2ImageProcessorPil
from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil

PIXELS = 32
OWL_TOKENS = 24
DINO_TOKENS = 64
QUERIES = 12
BERT: Any = BertConfig
CLIP_TEXT: Any = CLIPTextConfig
SWIN: Any = SwinConfig
"""Their generated signatures are not what they take."""

_SIZES: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}


def write_tiny_owl(folder: Path) -> Path:
    """An OWL-ViT of 16 patches."""
    return _owl(folder, OwlViTConfig, OwlViTForObjectDetection, OwlViTImageProcessorPil)


def write_tiny_owlv2(folder: Path) -> Path:
    """An OWLv2 of 16 patches."""
    return _owl(folder, Owlv2Config, Owlv2ForObjectDetection, Owlv2ImageProcessorPil)


def write_tiny_grounding_dino(folder: Path) -> Path:
    """A GroundingDINO of 12 queries."""
    return _dino(folder, GroundingDinoConfig, GroundingDinoForObjectDetection)


def write_tiny_mm_grounding_dino(folder: Path) -> Path:
    """An MM-GroundingDINO, which LLMDet is too, of 12 queries."""
    return _dino(folder, MMGroundingDinoConfig, MMGroundingDinoForObjectDetection)


def write_tiny_omdet(folder: Path) -> Path:
    """An OmDet-Turbo of 12 queries."""
    tokenizer = _letters()
    width = _SIZES["hidden_size"]
    config = OmDetTurboConfig(
        text_config=CLIP_TEXT(**_SIZES, **_text(tokenizer), projection_dim=width),
        backbone_config=_swin(64),
        image_size=64,
        apply_layernorm_after_vision_backbone=False,
        num_queries=QUERIES,
        text_projection_in_dim=width,
        text_projection_out_dim=width,
        class_embed_dim=width,
        task_encoder_hidden_dim=64,
        encoder_hidden_dim=64,  # other than the texts' width: else it has no projection of the task
        decoder_hidden_dim=64,
        vision_features_channels=[64] * 3,
        encoder_in_channels=[16, 32, 64],
        encoder_dim_feedforward=64,
        encoder_attention_heads=4,
        decoder_num_heads=4,
        decoder_num_layers=2,
        decoder_dim_feedforward=64,
    )
    processor = DetrImageProcessorPil(size={"height": 64, "width": 64}, do_pad=False)
    return _save(folder, OmDetTurboForObjectDetection, config, tokenizer, processor)


DETECTORS: dict[str, Callable[[Path], Path]] = {
    "owlvit": write_tiny_owl,
    "owlv2": write_tiny_owlv2,
    "grounding-dino": write_tiny_grounding_dino,
    "mm-grounding-dino": write_tiny_mm_grounding_dino,
    "omdet-turbo": write_tiny_omdet,
}


def _owl(folder: Path, config_class: Any, model_class: Any, processor_class: Any) -> Path:
    tokenizer = _letters()
    config = config_class(
        text_config={**_SIZES, **_text(tokenizer)},
        vision_config={**_SIZES, "image_size": PIXELS, "patch_size": 8},
        projection_dim=_SIZES["hidden_size"],
    )
    processor = processor_class(size={"height": PIXELS, "width": PIXELS})
    return _save(folder, model_class, config, tokenizer, processor)


def _dino(folder: Path, config_class: Any, model_class: Any) -> Path:
    tokenizer = _wordpieces()
    config = config_class(
        text_config=BERT(
            **_SIZES,
            vocab_size=len(tokenizer),
            max_position_embeddings=DINO_TOKENS,
            pad_token_id=tokenizer.pad_token_id,
        ),
        backbone_config=_swin(64),
        num_queries=QUERIES,
        d_model=32,
        encoder_layers=1,
        decoder_layers=2,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        max_text_len=DINO_TOKENS,
    )
    processor = GroundingDinoImageProcessorPil(size={"shortest_edge": 64, "longest_edge": 96})
    return _save(folder, model_class, config, tokenizer, processor)


def _swin(side: int) -> Any:
    return SWIN(
        image_size=side,
        embed_dim=8,
        depths=[1, 1, 1, 1],
        num_heads=[2, 2, 2, 2],
        window_size=4,
        out_indices=[2, 3, 4],
    )


def _text(tokenizer: PreTrainedTokenizerBase) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "max_position_embeddings": OWL_TOKENS,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _letters() -> CLIPTokenizer:
    """One of single characters, padded with "!" as OWL-ViT's is."""
    letters = [chr(code) for code in range(33, 127)]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: number for number, word in enumerate(words)}
    return CLIPTokenizer(vocab=vocabulary, merges=[], pad_token="!")


def _wordpieces() -> PreTrainedTokenizerFast:
    """BERT's, of single characters."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    letters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    words = [*special, *letters, *(f"##{letter}" for letter in letters if letter.isalnum())]
    # GroundingDINO parts captions at these numbers, those of BERT's [CLS], [SEP], "." and "?".
    numbers = {"[CLS]": 101, "[SEP]": 102, ".": 1012, "?": 1029}
    free = (number for number in range(1030) if number not in {101, 102, 1012, 1029})
    numbers |= {word: next(free) for word in words if word not in numbers}
    taken = set(numbers.values())
    numbers |= {f"[unused{number}]": number for number in range(1030) if number not in taken}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 102), ("[CLS]", 101))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
    )


def _save(
    folder: Path, model_class: Any, config: Any, tokenizer: PreTrainedTokenizerBase, processor: Any
) -> Path:
    torch.manual_seed(0)
    model: PreTrainedModel = model_class(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder

"""Models of the real families, small and random, saved as folders that the product's own code loads."""

import gzip
import importlib.util
import io
import string
from pathlib import Path
from typing import Any

import sentencepiece
import torch
from torch import nn
from transformers import (
    CLIPConfig,
    CLIPImageProcessor,
    CLIPModel,
    CLIPTokenizer,
    GemmaTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    SiglipConfig,
    SiglipImageProcessor,
    SiglipModel,
    SiglipTokenizer,
)

PIXELS = 32
CONTEXT = 24
SIZES = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}


def write_tiny_clip(
    folder: Path,
    dim: int = 16,
    dtype: torch.dtype = torch.float32,
    seed: int = 0,
    tokenizer: PreTrainedTokenizerBase | None = None,
) -> Path:
    """The folder of a CLIP with `dim` numbers an embedding, its weights stored as `dtype`; its tokenizer is of single
    characters unless another is given.
    """
    tokenizer = tokenizer or _tokenizer()
    config = CLIPConfig(
        projection_dim=dim,
        text_config=text_config(tokenizer),
        vision_config={**SIZES, "image_size": PIXELS, "patch_size": 8},
    )
    torch.manual_seed(seed)
    processor = CLIPImageProcessor(
        size={"shortest_edge": PIXELS}, crop_size={"height": PIXELS, "width": PIXELS}
    )
    return save_tiny(folder, CLIPModel(config), dtype, tokenizer, processor)


def write_tiny_siglip(folder: Path, tokenizer: PreTrainedTokenizerBase | None = None) -> Path:
    """The folder of a SigLIP, another family, which wants its texts padded to full length; with SigLIP's own
    tokenizer unless another is given.
    """
    tokenizer = tokenizer or siglip_tokenizer(folder)
    config = SiglipConfig(
        text_config=text_config(tokenizer),
        vision_config={**SIZES, "image_size": PIXELS, "patch_size": 8},
    )
    torch.manual_seed(0)
    processor = SiglipImageProcessor(size={"height": PIXELS, "width": PIXELS})
    return save_tiny(folder, SiglipModel(config), torch.float32, tokenizer, processor)


def siglip_tokenizer(folder: Path) -> SiglipTokenizer:
    """SigLIP's own tokenizer, of single characters; its SentencePiece file is left in the folder."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([string.ascii_lowercase, *["a red mug on a table"] * 20]),
        model_writer=model,
        model_type="char",
        vocab_size=40,
        hard_vocab_limit=False,
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        minloglevel=2,
    )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spiece.model").write_bytes(model.getvalue())
    return SiglipTokenizer(str(folder / "spiece.model"))


def siglip2_tokenizer() -> GemmaTokenizer:
    """The tokenizer of SigLIP 2 at a fixed resolution, of single characters."""
    words = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>", "▁", *map(chr, range(33, 127))]
    vocabulary = {word: number for number, word in enumerate(words)}
    return GemmaTokenizer(vocab=vocabulary, merges=[], add_bos_token=False, add_eos_token=True)


def real_tokenizer() -> CLIPTokenizer | None:
    """CLIP's own tokenizer, from the list of merges that the wheel of open_clip_torch carries; None where that is not
    installed. The wheel is wanted for this file alone: `pip install --no-deps --target FOLDER open_clip_torch`.
    """
    found = importlib.util.find_spec("open_clip")
    if found is None or not found.submodule_search_locations:
        return None
    file = Path(found.submodule_search_locations[0]) / "bpe_simple_vocab_16e6.txt.gz"
    # 49,408 tokens: 256 bytes, each also at a word's end, the merges, and two of its own (simple_tokenizer.py of
    # openai/CLIP).
    lines = gzip.decompress(file.read_bytes()).decode().split("\n")[1 : 49_152 - 256 - 2 + 1]
    merges: Any = [tuple(line.split()) for line in lines]  # pairs, which it takes and does not state
    letters = list(_letters_of_bytes())
    words = [
        *letters,
        *(f"{letter}</w>" for letter in letters),
        *(first + second for first, second in merges),
    ]
    vocabulary = {word: number for number, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    return CLIPTokenizer(vocab=vocabulary, merges=merges)


def _letters_of_bytes() -> list[str]:
    """A printable letter for each byte, in CLIP's order: those that are printable, then the others from 256 upward."""
    printable = [
        *range(ord("!"), ord("~") + 1),
        *range(ord("¡"), ord("¬") + 1),
        *range(ord("®"), ord("ÿ") + 1),
    ]
    others = 256 - len(printable)
    return [*map(chr, printable), *(chr(256 + number) for number in range(others))]


def text_config(tokenizer: PreTrainedTokenizerBase) -> dict:
    """Of a text side of that vocabulary."""
    return {
        **SIZES,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": CONTEXT,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _tokenizer() -> CLIPTokenizer:
    letters = [chr(code) for code in range(33, 127)]
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(vocab={word: number for number, word in enumerate(words)}, merges=[])


def save_tiny(
    folder: Path,
    model: PreTrainedModel,
    dtype: torch.dtype,
    tokenizer: PreTrainedTokenizerBase,
    processor: Any,
) -> Path:
    """The folder, with all parts of the model in it."""
    nn.Module.to(model, dtype=dtype)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder

"""The files of an adapter's folder, and whether a folder may be replaced by one."""

from pathlib import Path

from fg_demo.models.adapter import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from heads.io.atomic import is_partial
from heads.io.system_files import is_system_file

CONTEXTUALISER, CARD, TRAINING, HISTORY, CURVE = (
    "contextualiser.safetensors",
    "README.md",
    "training.json",
    "history.json",
    "learning_curve.html",
)
_OURS = {ADAPTER_CONFIG, ADAPTER_WEIGHTS, CONTEXTUALISER, CARD, TRAINING, HISTORY, CURVE}
_BACKBONE = {
    *(
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
        "processor_config.json",
        "tokenizer.json",
    ),
    *("tokenizer_config.json", "special_tokens_map.json", "vocab.json", "vocab.txt", "merges.txt"),
    *("added_tokens.json", "spiece.model", "tokenizer.model", "sentencepiece.bpe.model"),
}
"""What `transformers` writes of a CLIP-like model, its tokenizer and its processor."""


def check_replaceable(folder: Path) -> None:
    """Nothing, or ValueError when the folder holds anything but an adapter, which writing one there would lose."""
    if folder.is_file():
        raise ValueError(f"output: expected a folder, found the file {folder}")
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    others = sorted(
        name for name in names - _OURS - _BACKBONE if not (is_system_file(name) or is_partial(name))
    )
    if others:
        raise ValueError(f"{folder}: expected a new folder or an adapter's, found {', '.join(others[:8])}")

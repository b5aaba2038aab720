"""Other models in a repository, known by the names of their files, so that no head is pushed over them."""

from collections.abc import Collection

from heads.persistence.config import CONFIG_NAME, WEIGHTS_NAME

_MARKS = {
    "adapter_config.json": "a PEFT adapter",
    "model_index.json": "a diffusers pipeline",
    "open_clip_config.json": "an open_clip model",
    "modules.json": "a sentence-transformers model",
    "config_sentence_transformers.json": "a sentence-transformers model",
    "preprocessor_config.json": "a transformers model",
    "processor_config.json": "a transformers model",
    "tokenizer_config.json": "a transformers model",
    "tokenizer.json": "a transformers model",
}
"""Files by which other libraries know their models."""

_WEIGHTS = (
    ".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib", ".h5", ".keras", ".msgpack", ".onnx",
    ".gguf", ".ggml", ".tflite", ".mlmodel", ".pb", ".npz", ".npy", ".safetensors.index.json", ".bin.index.json",
)  # fmt: skip


def other_model(paths: Collection[str]) -> str | None:
    """What model the files are of, by their names, in words; None when they may be a head's, or are of no model.

    Whether config.json is a head's is not known here; without one, weights are somebody else's.
    """
    marked = [path for path in sorted(paths) if path in _MARKS]
    if marked:
        return f"{_MARKS[marked[0]]} ({marked[0]})"
    ours = {WEIGHTS_NAME} if CONFIG_NAME in paths else set()
    weights = [path for path in sorted(paths) if path.lower().endswith(_WEIGHTS) and path not in ours]
    return f"weights that are no head's ({', '.join(weights[:4])})" if weights else None

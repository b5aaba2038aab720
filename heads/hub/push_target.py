"""Other models in a repository, known by the names of their files, so that nothing is pushed over them."""

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


def other_model(
    paths: Collection[str],
    kind: str = "a head",
    config: str = CONFIG_NAME,
    weights: Collection[str] = (WEIGHTS_NAME,),
) -> str | None:
    """What model the files are of, by their names, in words; None when they may be of the `kind` whose files are `config`
    and `weights`, or are of no model.

    Whether `config` is what it should be is not known here; without it, weights are somebody else's.
    """
    marks = {CONFIG_NAME: "a model", **_MARKS}
    marked = [path for path in sorted(paths) if path in marks and path != config]
    if marked:
        return f"{marks[marked[0]]} ({marked[0]})"
    ours = weights if config in paths else ()
    found = [path for path in sorted(paths) if path.lower().endswith(_WEIGHTS) and path not in ours]
    return f"weights that are no {kind.split()[-1]}'s ({', '.join(found[:4])})" if found else None

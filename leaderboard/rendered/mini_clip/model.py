"""mini-clip: a small `transformers.CLIPModel`, its tokenizer and its image processor, untrained."""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import CLIPConfig, CLIPImageProcessorPil, CLIPModel, PreTrainedTokenizerFast

IMAGE_SIZE = 96
PATCH_SIZE = 12
VISION_WIDTH, VISION_LAYERS = 192, 5
TEXT_WIDTH, TEXT_LAYERS = 192, 3
PROJECTION_DIM = 256
ATTENTION_HEAD_DIM = 32
TEXT_POSITIONS = 40
VOCABULARY_SIZE = 800
START, END = "<|startoftext|>", "<|endoftext|>"

# CLIP's own pre-tokenization (openai/CLIP, clip/simple_tokenizer.py): contractions, words, single digits, signs.
WORDS = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def build_tokenizer(captions: Iterable[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of CLIP's form, its merges learned from `captions`; any string can be encoded."""
    tokenizer = Tokenizer(models.BPE(unk_token=END, end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY_SIZE,
        special_tokens=[START, END],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        end_of_word_suffix="</w>",
        show_progress=False,
    )
    tokenizer.train_from_iterator(captions, trainer)
    tokenizer.decoder = decoders.ByteLevel()
    ends = [(token, tokenizer.token_to_id(token)) for token in (START, END)]
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{START} $A {END}", special_tokens=ends)
    return as_pretrained(tokenizer)


def as_pretrained(tokenizer: Tokenizer) -> PreTrainedTokenizerFast:
    """The tokenizer as transformers has it."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=START,
        eos_token=END,
        pad_token=END,
        unk_token=END,
        model_max_length=TEXT_POSITIONS,
    )


def build_model(tokenizer: PreTrainedTokenizerFast) -> CLIPModel:
    """An untrained CLIP of about 4 million parameters for 96 × 96 px images."""
    ends = {"bos_token_id": tokenizer.bos_token_id, "eos_token_id": tokenizer.eos_token_id}
    text = {
        **_transformer(TEXT_WIDTH, TEXT_LAYERS),
        **ends,
        "pad_token_id": tokenizer.pad_token_id,
        "vocab_size": len(tokenizer),
        "max_position_embeddings": TEXT_POSITIONS,
    }
    vision = {**_transformer(VISION_WIDTH, VISION_LAYERS), "image_size": IMAGE_SIZE, "patch_size": PATCH_SIZE}
    return CLIPModel(CLIPConfig(text_config=text, vision_config=vision, projection_dim=PROJECTION_DIM))


def build_image_processor() -> CLIPImageProcessorPil:
    """CLIP's preprocessing, except that a crop is squashed to a square and nothing is cut off its ends."""
    square = {"height": IMAGE_SIZE, "width": IMAGE_SIZE}
    return CLIPImageProcessorPil(size=square, do_center_crop=False)


def save_model(model: CLIPModel, tokenizer: PreTrainedTokenizerFast, folder: str | Path) -> Path:
    """The folder: what `from_pretrained` needs, weights as float16 to stay small."""
    folder = Path(folder)
    half = CLIPModel(model.config)
    half.load_state_dict(model.state_dict())
    half.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    build_image_processor().save_pretrained(folder)
    return folder


def _transformer(width: int, layers: int) -> dict[str, int]:
    return {
        "hidden_size": width,
        "intermediate_size": 4 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": width // ATTENTION_HEAD_DIM,
        "projection_dim": PROJECTION_DIM,
    }

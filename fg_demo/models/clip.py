"""CLIP-like models through `transformers`: loading, preprocessing, encoding."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, final

import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor
from transformers import AutoConfig, AutoImageProcessor, AutoModel, AutoTokenizer

import fg_demo.models.device as devices
from fg_demo.models.adapter import JOINT, check_base, joint_name, load_adapter, merge, split_name
from fg_demo.models.backbone import ModelInputs, TokenizedTexts
from fg_demo.models.dense import dense_features, roi_align, whole_inputs
from fg_demo.models.families import check_known, family_of
from fg_demo.models.patches import patch_embeddings, patch_pixels
from fg_demo.models.preprocessing import as_seen, model_inputs, pixel_values
from fg_demo.models.pretrained import Source, find_source, loading, whole_model
from heads.io.device import resolve_device, resolve_precision

MINI_CLIP = "mini-clip"


COMPILED_FOR = 8
"""Images of the batch by which a compiler is shown what it is to do: what it makes is for batches of any size."""

MINI_CLIP_FOLDER = Path(__file__).parents[1] / "mini_clip"


@final
class TransformersBackbone:
    """A backbone from a folder in transformers' format, on the Hub or here; see `load_backbone`."""

    def __init__(self, source: Source, device: str, adapter: str | None = None, precision: str = "auto"):
        path, commit = source.path, source.commit
        config = AutoConfig.from_pretrained(path, revision=commit)
        check_known(config.model_type)
        self.name, self.revision = self.text_tower = source.name, source.revision
        # Every family was trained with the padding on the right; Gemma's tokenizer puts it left unless told.
        self._tokenizer = AutoTokenizer.from_pretrained(path, revision=commit, padding_side="right")
        self._family = family_of(config.model_type, self._tokenizer)
        # Pinned: else the processor, and so the scores, depend on whether torchvision is installed.
        self._processor = AutoImageProcessor.from_pretrained(path, revision=commit, backend="pil")
        self._model = whole_model(AutoModel, source)
        if adapter is not None:
            self._add(adapter)
        self._max_tokens = self._family.longest(config.text_config)
        self.logit_scale = self._family.logit_scale(self._model)
        self.device, self._dtype = "cpu", torch.float32
        self.dim = self._forward({"text": self._tokenize(["a"])})["text"].shape[1]
        self.device, self.precision = device, resolve_precision(precision, device)
        self._dtype = devices.DTYPES[self.precision]
        self._model.to(device=device, dtype=self._dtype)
        self._image_features = self._model.get_image_features
        self.compiled = False
        self._encode = devices.on_gpu(self._forward)
        self._encode_patches = devices.on_gpu(self._patches)

    @property
    def model(self) -> Any:
        """The model as transformers has it, for what trains a part of it."""
        return self._model

    def compile_images(self) -> None:
        """Images are encoded by what `torch.compile` makes of the image tower from now on: faster, with other last
        bits. Raises OSError where it finds no compiler.
        """
        from torch._dynamo.exc import TorchDynamoException

        self._image_features = devices.compiled(self._model.get_image_features)
        self.compiled = True
        try:
            self.encode_images([Image.new("RGB", (64, 64))] * COMPILED_FOR)
        except TorchDynamoException as error:
            raise OSError(
                f"compile: expected a compiler that torch finds, got: {str(error).splitlines()[0]}"
            ) from error

    def save(self, folder: Path) -> None:
        """Writes model, tokenizer and processor into a folder, as `transformers` does, which loads as this backbone."""
        for part in (self._model, self._tokenizer, self._processor):
            part.save_pretrained(folder)

    def encode_images(self, images: Sequence[Image.Image]) -> Float[Tensor, "n d"]:
        """One embedding an image."""
        return self.encode(images, [])[0]

    def encode_texts(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """One embedding a text, whatever texts stand beside it; cut where the model stops reading.

        Texts that the model reads alike (other case, white space, an end it does not read) are encoded once.
        """
        return self.encode([], texts)[1]

    def preprocess(self, image: Image.Image) -> ModelInputs:
        """What the model gets of an image."""
        return model_inputs(self._processor, [image])

    def encode_inputs(self, inputs: Sequence[ModelInputs]) -> Float[Tensor, "n d"]:
        """One embedding for each image that `preprocess` made ready."""
        joined = {name: torch.cat([one[name] for one in inputs]) for name in inputs[0]}
        return self._encode({"image": joined})["image"]

    def tokenize(self, texts: Sequence[str]) -> TokenizedTexts:
        """What the model reads of the texts, at least one."""
        tokens = self._tokenize(texts)
        first, rows = _distinct_rows(tokens)
        return TokenizedTexts({name: of[first] for name, of in tokens.items()}, rows)

    def encode_tokens(self, tokens: TokenizedTexts) -> Float[Tensor, "n d"]:
        """One embedding for each text that `tokenize` made ready."""
        return self._encode({"text": tokens.inputs})["text"][tokens.rows]

    def preprocess_whole(self, image: Image.Image) -> ModelInputs:
        """What the model gets of an image for `encode_regions`. Raises ValueError when its patches cannot be had."""
        return whole_inputs(self._model, self._processor, image)

    @torch.no_grad()
    def encode_regions(self, inputs: ModelInputs, boxes: Float[Tensor, "n 4"]) -> Float[Tensor, "n d"]:
        """One embedding for each box of an image that `preprocess_whole` made ready."""
        return roi_align(dense_features(self._model, self._moved(inputs)).cpu(), boxes)

    def encode(
        self, images: Sequence[Image.Image], texts: Sequence[str]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
        """What `encode_images` and `encode_texts` give, in one call of the device."""
        inputs: dict[str, Mapping[str, Tensor]] = {}
        rows: list[int] = []
        if images:
            inputs["image"] = model_inputs(self._processor, images)
        if texts:
            inputs["text"], rows = self.tokenize(texts)
        encoded = self._encode(inputs) if inputs else {}
        nothing = torch.zeros(0, self.dim)
        return encoded.get("image", nothing), encoded.get("text", nothing)[rows]

    def encode_patches(self, image: Image.Image) -> Float[Tensor, "rows columns d"] | None:
        """One embedding a patch of the whole image, or None where the family has none (see `fg_demo.models.patches`)."""
        if not self._family.has_patches:
            return None
        vision = self._model.config.vision_config
        return self._encode_patches(
            patch_pixels(self._processor, image, vision.image_size, vision.patch_size)
        )

    def preview(self, image: Image.Image) -> Image.Image:
        """The image as the model gets it, before its pixels' values are scaled."""
        return as_seen(self._processor, image)

    def overlong(self, texts: Sequence[str]) -> list[str]:
        """The texts longer than the model's context, special tokens included."""
        ids = self._tokenizer(self._written(texts), truncation=False, padding=False)["input_ids"]
        return [text for text, tokens in zip(texts, ids, strict=True) if len(tokens) > self._max_tokens]

    def pixels(self, images: Sequence[Image.Image]) -> Float[Tensor, "n c h w"]:
        """What the model is given of the images."""
        return pixel_values(self._processor, images)

    def _add(self, adapter: str) -> None:
        found = load_adapter(adapter, self._model)
        check_base(found, self.name, self.revision)
        merge(found, self._model)
        self.name = joint_name(self.name, found.name)
        self.revision = f"{self.revision}{JOINT}{found.revision}"
        if not found.of_images_alone:
            self.text_tower = self.name, self.revision

    def _written(self, texts: Sequence[str]) -> list[str]:
        return [text.lower() if self._family.lower else text for text in texts]

    def _tokenize(self, texts: Sequence[str]) -> dict[str, Tensor]:
        return dict(
            self._tokenizer(
                self._written(texts),
                padding=self._family.padding,
                truncation=True,
                max_length=self._max_tokens,
                return_attention_mask=self._family.mask,
                return_tensors="pt",
            )
        )

    def _forward(self, inputs: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
        return {side: self._features(side, of) for side, of in inputs.items()}

    def _patches(self, pixels: Tensor) -> Tensor:
        return patch_embeddings(self._model, pixels.to(self.device, self._dtype)).float().cpu()

    @torch.no_grad()
    def _features(self, side: str, inputs: Mapping[str, Tensor]) -> Tensor:
        features = self._image_features if side == "image" else self._model.get_text_features
        return features(**self._moved(inputs)).pooler_output.float().cpu()

    def _moved(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The inputs on the model's device, numbers in its precision."""
        return {
            key: value.to(self.device, self._dtype if value.is_floating_point() else None)
            for key, value in inputs.items()
        }


def _distinct_rows(tokens: Mapping[str, Int[Tensor, "n t"]]) -> tuple[list[int], list[int]]:
    """Where each distinct row of all the tensors together stands first, and which of these each row equals."""
    first: dict[tuple[int, ...], int] = {}
    keys = list(map(tuple, torch.cat(list(tokens.values()), dim=1).tolist()))
    for number, key in enumerate(keys):
        first.setdefault(key, number)
    order = {key: place for place, key in enumerate(first)}
    return list(first.values()), [order[key] for key in keys]


def load_backbone(
    name: str, adapter: str | None = None, device: str = "auto", precision: str = "auto"
) -> TransformersBackbone:
    """The backbone `name`: `mini-clip`, a folder in transformers' format, or a Hub id, frozen at one commit.

    Weights are read from safetensors where the model has them, else by torch's weights-only reader; code that
    comes with a model is never run. `adapter` is a LoRA adapter for it (see `fg_demo.models.adapter`), which is
    added to its weights; "NAME+ADAPTER" says the same, and is how the two together are named. `device` and
    `precision` are names in `heads.io.device`.

    Raises ValueError naming the backbone and what is wrong with it.
    """
    resolved = resolve_device(device)
    base, named = split_name(name)
    if adapter is not None and named is not None:
        raise ValueError(f"adapter: expected one, got {named!r} in the backbone's name and {adapter!r}")
    with loading("backbone", name, MINI_CLIP):
        source = find_source(base, MINI_CLIP, MINI_CLIP_FOLDER)
        return TransformersBackbone(source, resolved, named if adapter is None else adapter, precision)

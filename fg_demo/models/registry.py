"""The backbones and heads a page offers, and its detector, each loaded once, when it is first asked for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, final

from fg_demo.models.adapter import shipped_adapters, split_name
from fg_demo.models.backbone import Backbone
from fg_demo.models.cached import CachedBackbone
from fg_demo.models.clip import MINI_CLIP, load_backbone
from fg_demo.models.detectors.detector import Detector
from fg_demo.models.detectors.load import MINI_OWL, load_detector
from fg_demo.models.once import Once
from heads.head import Head
from heads.load import load_head, shipped_heads
from heads.persistence.config import HeadConfig, check_backbone, read_config


@final
class ModelRegistry:
    """Backbones by name, heads by name. Visitors choose among these only, never a path of their own."""

    def __init__(
        self,
        backbones: Sequence[str],
        heads: dict[str, Path] | None = None,
        device: str = "auto",
        detector: str = MINI_OWL,
    ):
        self.detector_name = detector
        self._detectors = Once(lambda name: load_detector(name, device))
        self.backbone_names = list(dict.fromkeys(backbones))
        self._folders = shipped_heads() if heads is None else heads
        self._backbones = Once(lambda name: CachedBackbone(load_backbone(name, device=device)))
        self._on_demand: dict[str, tuple[HeadConfig, Callable[[], Path]]] = {}
        # Read once: checking a config builds the head's shape, which takes a millisecond.
        self._configs: Once[HeadConfig] = Once(self._config)
        self._heads: Once[Head] = Once(lambda name: load_head(self._folder(name)))

    def backbone(self, name: str) -> CachedBackbone:
        """The backbone `name`. While it is loaded, only those who ask for it wait.

        Raises ValueError when it is not offered, or cannot be loaded and why.
        """
        self._check_offered(name)
        return self._backbones(name)

    def is_being_loaded(self, name: str) -> bool:
        """Whether whoever asks for the backbone now waits for somebody else's loading of it."""
        return self._backbones.is_making(name)

    @property
    def detector_is_loaded(self) -> bool:
        """Whether the detector need not be loaded, nor perhaps downloaded, any more."""
        return self.detector_name in self._detectors

    def detector(self) -> Detector:
        """The detector that proposes boxes, loaded when it is first asked for. Raises ValueError when it cannot be."""
        return self._detectors(self.detector_name)

    def is_at_hand(self, name: str) -> bool:
        """Whether the backbone is offered and nothing has to be downloaded for it."""
        base, adapter = split_name(name)
        here = base == MINI_CLIP or Path(base).is_dir()
        added = adapter is None or adapter in shipped_adapters() or Path(adapter).is_dir()
        return (name in self._backbones or (here and added)) and name in self.backbone_names

    def backbone_at_hand(self, name: str) -> CachedBackbone:
        """As `backbone`, for what a link asks: ValueError too when the weights would have to be downloaded."""
        self._check_offered(name)
        if not self.is_at_hand(name):
            raise ValueError(
                f"backbone: expected one that is loaded already, got {name}; choose it in the list to load it"
            )
        return self._backbones(name)

    def base_of(self, backbone: Backbone) -> CachedBackbone | None:
        """What the backbone is an adaptation of; None where it has no adapter. Raises ValueError when it cannot be loaded
        and why.
        """
        base, adapter = split_name(backbone.name)
        return None if adapter is None else self._backbones(base)

    def load_all(self) -> list[str]:
        """Loads the detector and every backbone there is, of which from now on those alone are offered that could be
        loaded; why the others could not, in words.
        """
        problems: dict[str, str] = {}
        for name in self.backbone_names:
            try:
                self._backbones(name)
            except ValueError as error:
                problems[name] = str(error)
        self.backbone_names = [name for name in self.backbone_names if name not in problems]
        try:
            self.detector()
        except ValueError as error:
            problems[self.detector_name] = str(error)
        return list(problems.values())

    def offer(self, heads: Mapping[str, Path]) -> None:
        """Adds head folders, by name, to those that are offered."""
        self._folders = {**self._folders, **heads}

    def offer_on_demand(self, heads: Mapping[str, tuple[HeadConfig, Callable[[], Path]]]) -> None:
        """Adds heads, by name, whose folders are got when they are first chosen: what each is, and what gets it."""
        self._on_demand = {**self._on_demand, **heads}

    @property
    def head_names(self) -> list[str]:
        """The names of all heads that are offered, on whatever backbone."""
        return list(dict.fromkeys([*self._folders, *self._on_demand]))

    def head_is_at_hand(self, name: str) -> bool:
        """Whether the head is offered and nothing has to be downloaded for it."""
        return name in self._folders or name in self._heads

    def head(self, name: str, backbone: Backbone) -> Head:
        """The head `name`. Raises ValueError when it is not offered, was trained on another backbone, or cannot be
        had and why.
        """
        if name not in self.head_names:
            raise ValueError(
                f"head: expected one of {', '.join(self.head_names) or 'none yet'}, got {name!r}"
            )
        check_backbone(self._configs(name), backbone.name, backbone.revision, backbone.dim)
        try:
            return self._heads(name)
        except OSError as error:
            raise ValueError(f"head: {name} could not be had: {error}") from error

    def fitting_heads(self, backbone: Backbone) -> list[str]:
        """The names of the heads trained on exactly this backbone, the plainest of those fully trained first, and
        before all that must be got those that are here.
        """
        return sorted((name for name in self.head_names if self._fits(name, backbone)), key=self._order)

    def head_rows(self) -> list[dict[str, Any]]:
        """What each head is and the one backbone it fits, in the order of their names."""
        return [self._row(name) for name in sorted(self.head_names)]

    def _row(self, name: str) -> dict[str, Any]:
        config = self._configs(name)
        return {
            "head": name,
            "kind": config.kind,
            "stage": config.metadata.get("stage"),
            "backbone": config.backbone,
            "backbone_revision": config.backbone_revision,
            "dim": config.dim,
        }

    def _check_offered(self, backbone: str) -> None:
        if backbone not in self.backbone_names:
            raise ValueError(f"backbone: expected one of {', '.join(self.backbone_names)}, got {backbone!r}")

    def _config(self, name: str) -> HeadConfig:
        return read_config(self._folders[name]) if name in self._folders else self._on_demand[name][0]

    def _folder(self, name: str) -> Path:
        return self._folders[name] if name in self._folders else self._on_demand[name][1]()

    def _order(self, name: str) -> tuple[bool, bool, bool, bool, int, str]:
        config = self._configs(name)
        half_trained = config.metadata.get("stage") == "warm-up"
        one_sided = config.arguments.get("sides", "both") != "both"
        return (
            half_trained,
            not self.head_is_at_hand(name),
            config.kind != "linear",
            one_sided,
            len(name),
            name,
        )

    def _fits(self, name: str, backbone: Backbone) -> bool:
        try:
            check_backbone(self._configs(name), backbone.name, backbone.revision, backbone.dim)
        except ValueError:
            return False
        return True


def usable(registry: ModelRegistry, name: str) -> tuple[str, str]:
    """The backbone to start with, and a warning: why `name` cannot be loaded, when it is the embedded one."""
    try:
        registry.backbone(name)
    except ValueError as error:
        if name == MINI_CLIP:
            raise
        return MINI_CLIP, str(error)
    return name, ""

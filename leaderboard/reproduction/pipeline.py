"""What a reproduction is of, what its files are called, and where they go."""

from dataclasses import dataclass, field
from pathlib import Path

from fg_demo.models.adapter import split_name
from fg_demo.models.clip import MINI_CLIP
from heads.io.cache import cache_folder
from leaderboard.records.files import slug
from leaderboard.records.folders import RESULTS
from leaderboard.reproduction.trainings import PAPER_RATES, SMALL_RATES, Training, trainings

STAGES = ("fetch", "embed", "train", "evaluate", "detect", "adapt", "documents", "publish")

RELEASED = {
    f"{file}{sides}": (published, stage)
    for file, stage in (("triplet_", "warm-up"), ("fg-ovd_", "fine-grained"))
    for sides, published in (
        *(("linear-mlp", "linear"), ("linear-mlp_te-freezed", "linear, image only")),
        *(("linear-mlp_ve-freezed", "linear, text only"), ("non-linear-mlp", "MLP")),
    )
}
"""The authors' own heads, measured beside ours: what the paper calls them, and their stage."""


def recorded_name(model: str) -> str:
    """A backbone or a detector as records name it: a folder by its name."""
    return Path(model).resolve().name if Path(model).is_dir() else model


@dataclass(frozen=True)
class Pipeline:
    """What is reproduced. The first seed's heads go to `shipped` under their own names, records to `results`.

    `chosen` are the names of trainings, none for all. `organization` is where it is published, none for nowhere.
    `detectors` are measured on the same regions: mini-owl, Hub ids or folders. With `adapters` the embedded backbone is
    adapted too, from as many seeds.
    """

    backbone: str
    benchmark: str
    device: str = "auto"
    seeds: int = 3
    chosen: tuple[str, ...] = ()
    organization: str | None = None
    results: Path = RESULTS
    build: Path = field(default=Path("build"))
    detectors: tuple[str, ...] = ()
    adapters: bool = False

    @property
    def embedded(self) -> bool:
        """Whether it is that of the embedded backbone, whose heads ship with the project."""
        return self.backbone == MINI_CLIP

    @property
    def short(self) -> str:
        """The backbone in names of files: mini-clip, clip-vit-base-patch16."""
        return slug(Path(self.backbone).name)

    @property
    def recorded(self) -> str:
        """The backbone as records name it."""
        return recorded_name(self.backbone)

    @property
    def embeddings(self) -> Path:
        """The folder of the files that training reads."""
        return cache_folder() / "reproduce" / ("" if self.embedded else self.short)

    @property
    def made(self) -> Path:
        """The folder of the heads of all seeds."""
        return self.build / ("heads" if self.embedded else f"heads-{self.short}")

    @property
    def shipped(self) -> Path:
        """The folder of the heads that are measured and shared."""
        return Path("heads/pretrained") if self.embedded else self.made / "shipped"

    @property
    def trainings(self) -> list[Training]:
        """Those that are chosen. Raises ValueError for a name that is none of them."""
        small = split_name(self.backbone)[0] == MINI_CLIP  # an adapter changes no sizes
        known = trainings(SMALL_RATES if small else PAPER_RATES)
        if wrong := sorted(set(self.chosen) - {one.name for one in known}):
            names = ", ".join(one.name for one in known)
            raise ValueError(f"heads: expected some of {names}, got {', '.join(wrong)}")
        return [one for one in known if not self.chosen or one.name in self.chosen]

    def record(self, head: str) -> str:
        """A pattern of the files of a head's records: see `leaderboard.records.files.file_name`."""
        parts = [slug(part) for part in (self.benchmark, "test", self.recorded)]
        return str(self.results / "--".join([*parts, "*" if head == "*" else slug(head), "*.json"]))

    def trained(self) -> list[str]:
        """The names of what is shipped: the heads after both stages, then those between."""
        between = [one.warm_up for one in self.trainings if one.published]
        return [*(one.name for one in self.trainings), *between]

    def head(self, name: str) -> tuple[str, str]:
        """What a record calls the head, and what the command is told."""
        named = self.named(name)
        return named, named if self.embedded else str(self.shipped / named)

    def named(self, name: str) -> str:
        """The name under which a head is measured and shared."""
        return f"{name}-{self.short}"

    def file(self, name: str) -> str:
        """A file of embeddings, as train/hard."""
        return str(self.embeddings / f"{name}.safetensors")

    def receipt(self, split: str) -> str:
        """The file that says what of a split is here."""
        return str(self.made / "fetched" / f"{split}.json")

    def on(self, split: str) -> tuple[str, ...]:
        """Flags: the backbone, and the split of the benchmark."""
        return ("--backbone", self.backbone, "--benchmark", self.benchmark, "--split", split)

    def on_device(self) -> tuple[str, ...]:
        """Flags: where to compute, if not on what is found."""
        return () if self.device == "auto" else ("--device", self.device)

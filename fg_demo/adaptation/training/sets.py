"""What is trained on, and what epochs are chosen by, from the files that hold it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fg_demo.adaptation.captions import TEMPLATES
from fg_demo.adaptation.data import AdaptationData, read_regions, vidsitu_data
from fg_demo.adaptation.negatives import verb_frames
from fg_demo.adaptation.settings import Settings
from fg_demo.adaptation.vidsitu import read_vidsitu


@dataclass(frozen=True)
class Sets:
    """What is trained on, and what epochs are chosen by."""

    training: AdaptationData
    validation: AdaptationData
    regions: AdaptationData | None = None
    """Trained on beside clips."""
    images: AdaptationData | None = None
    """Whole images and their captions, trained on beside either: what the backbone knew of scenes stays asked for."""

    def about(self) -> dict[str, Any]:
        """What a folder says of them."""
        beside = {} if self.regions is None else {"beside": self.regions.about}
        for name, data in (("beside_regions", self.regions), ("beside_images", self.images)):
            beside |= {} if data is None else {name: len(data.clips)}
        return {
            "training": self.training.about,
            "training_clips": len(self.training.clips),
            "training_left_out": dict(self.training.left_out),
            **beside,
            "validation": self.validation.about,
            "validation_clips": len(self.validation.clips),
            "validation_left_out": dict(self.validation.left_out),
        }


def sets_of(
    settings: Settings,
    regions: Path | None,
    validation_regions: Path | None,
    vidsitu: Path | None,
    frames: Path | None,
) -> Sets:
    """Regions alone, or clips with regions beside them or without; the regions' rows without negatives are whole images,
    in batches of their own. Raises ValueError when it is neither, or a file is not
    what it should be; FileNotFoundError when there is none.
    """
    given = [one for one in (regions, validation_regions, vidsitu, frames) if one is not None]
    if regions and validation_regions and len(given) == 2:
        training = read_regions(regions)
        told_apart, images = training.by_negatives()
        chosen_by = read_regions(validation_regions)
        return Sets(told_apart or training, chosen_by, images=told_apart and images)
    if vidsitu and frames and not validation_regions:
        beside = (None, None) if regions is None else read_regions(regions).by_negatives()
        return Sets(*clips_of(settings, vidsitu, frames), *beside)
    raise ValueError(
        "data: expected --regions and --validation-regions, or --vidsitu and --frames, with --regions or without, "
        f"got {', '.join(map(str, given)) or 'none of them'}"
    )


def clips_of(settings: Settings, annotations: Path, frames: Path) -> tuple[AdaptationData, AdaptationData]:
    """Training and validation clips; verbs stand in for each other as the training clips show them."""
    read = {split: read_vidsitu(annotations, split) for split in ("train", "valid")}
    known = verb_frames(event for clip in read["train"].clips for event in clip.events)
    template, made, seed = TEMPLATES[settings.captions], settings.made_negatives, settings.seed
    training, validation = (
        vidsitu_data(one, frames, known, template, made, seed) for one in (read["train"], read["valid"])
    )
    return training, validation

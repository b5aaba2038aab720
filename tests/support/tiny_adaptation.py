"""A tiny adaptation: coloured squares to learn, and a tiny CLIP to learn them."""

from pathlib import Path

from PIL import Image

from fg_demo.__main__ import main
from fg_demo.adaptation.data import AdaptationData, Frame, Moment
from fg_demo.adaptation.settings import Settings
from fg_demo.adaptation.training.model import Adaptation
from fg_demo.adaptation.training.run import prepare
from fg_demo.models.clip import load_backbone
from tests.support.vidsitu_samples import DIVE, TALK, annotation, write_vidsitu

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 220), "white": (250, 250, 250)}
QUICK = Settings(
    rank=8, alpha=16, learning_rate=5e-3, batch=4, region_batch=4, epochs=12, contextualiser_layers=1
)


def write_coloured_regions(folder: Path) -> Path:
    """The CSV file of four coloured squares, each with the other colours as its negatives."""
    rows = ["image,left,top,right,bottom,caption,negative_1,negative_2,negative_3"]
    for name, colour in COLOURS.items():
        Image.new("RGB", (40, 40), colour).save(folder / f"{name}.png")
        others = ",".join(f"a {other} mug" for other in COLOURS if other != name)
        rows.append(f"{name}.png,,,,,a {name} mug,{others}")
    (folder / "regions.csv").write_text("\n".join(rows) + "\n")
    return folder / "regions.csv"


def coloured_clips(folder: Path) -> AdaptationData:
    """Four clips of two events of two frames, one event absent."""
    folder.mkdir(exist_ok=True)
    made = []
    for number, (name, colour) in enumerate(COLOURS.items()):
        moments = []
        for event in range(2):
            frames = []
            for frame in range(2):
                path = folder / f"{name}-{event}-{frame}.png"
                Image.new("RGB", (32, 32), tuple(value // (1 + event) for value in colour)).save(path)
                frames.append(Frame(path))
            told = f"the action is {'fade' if event else 'glow'}, the thing is {name}"
            moments.append(Moment(tuple(frames), told, (told.replace("action", "deed"),)))
        made.append((moments[0], None if number == 3 else moments[1]))
    return AdaptationData(tuple(made), 2, 2, "coloured clips")


def fresh(clip_folder: Path, settings: Settings, data: AdaptationData, recompute: bool = False) -> Adaptation:
    """The backbone in the folder, ready to be trained."""
    backbone = load_backbone(str(clip_folder), device="cpu")
    return prepare(backbone, settings, data.events, data.frames, lambda what, done, total: None, recompute)


def run_adapt(clip_folder: Path, regions: Path, output: Path, *more: str) -> int:
    """The exit status of a short training on regions by `python -m fg_demo adapt`."""
    quick = ["--rank", "4", "--learning-rate", "1e-3", "--region-batch", "4", "--epochs", "3"]
    quick += ["--device", "cpu"]
    files = ["--regions", str(regions), "--validation-regions", str(regions)]
    return main(["adapt", "--backbone", str(clip_folder), "--output", str(output), *files, *quick, *more])


def write_tiny_vidsitu(folder: Path) -> None:
    """Three clips in VidSitu's layout, the same for training and validation, `frames/` beside them; the second has an
    event less. A fourth has no annotation in training.
    """
    names = ["v_a", "v_b", "v_c"]
    for number, name in enumerate(names):
        for frame in range(10):
            (folder / "frames" / name).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (32, 32), (25 * frame, 80 * number, 0)).save(
                folder / "frames" / name / f"{frame}.png"
            )
    ride = {**TALK, "Verb": "ride (go)", "Args": {"Arg0 (rider)": "a man", "Arg2 (place)": "a road"}}
    entries = [
        annotation("v_a"),
        annotation("v_b", ride, TALK, DIVE, None, ride),
        annotation("v_c", *[ride] * 5),
    ]
    write_vidsitu(folder, [*names, "v_lost"], entries)
    write_vidsitu(folder, names, [[entry] for entry in entries], "valid")

"""A contact sheet of the rendered benchmark: crops with what they show written below, for people to judge.

python -m leaderboard.rendered.contact_sheet contact_sheet.png --seed 0
"""

import argparse
import textwrap
from pathlib import Path

from PIL import Image, ImageDraw

from heads.io.atomic import replacing
from leaderboard.rendered.drawing.objects import ObjectSpec
from leaderboard.rendered.drawing.scenes import PlacedObject, Scene, render_scene
from leaderboard.rendered.vocabulary import CATEGORIES

CELL, GAP, TEXT = 150, 10, 60
"""Side of a crop, space around it and height of the words below it, in pixels."""

CANDIDATE_SCENES = 60


def contact_sheet(seed: int, path: Path, columns: int = 8, rows: int = 4, scene_size: int = 320) -> None:
    """Writes a PNG of columns × rows crops, chosen to show as many categories and attributes as they can.

    The scenes are those from `seed` on, rendered at scene_size pixels.
    """
    scenes = [render_scene(number, scene_size) for number in range(seed, seed + CANDIDATE_SCENES)]
    chosen = _varied([(scene, placed) for scene in scenes for placed in scene.objects], columns * rows)
    width, height = CELL + GAP, CELL + GAP + TEXT
    sheet = Image.new("RGB", (columns * width + GAP, rows * height + GAP), "white")
    for number, (scene, placed) in enumerate(chosen):
        cell = _cell(scene, placed)
        sheet.paste(cell, (GAP + number % columns * width, GAP + number // columns * height))
    with replacing(path) as aside:
        sheet.save(aside, format="PNG", optimize=True)


def describe(spec: ObjectSpec) -> str:
    """The object in words, naming a pattern unless plain and a transparency unless opaque."""
    words = [spec.color, spec.material, spec.category]
    words[:0] = [word for word in (spec.transparency, spec.pattern) if word not in ("opaque", "plain")]
    part = CATEGORIES[spec.category]
    return f"{' '.join(words)}, {part}: {spec.part_color} {spec.part_material}"


def _varied(objects: list[tuple[Scene, PlacedObject]], count: int) -> list[tuple[Scene, PlacedObject]]:
    """`count` of the objects, each the one with the most values that those before it have shown least."""
    shown: dict[str, int] = {}
    chosen, left = [], list(objects)
    for _ in range(min(count, len(left))):
        best = min(left, key=lambda one: sum(shown.get(value, 0) for value in _values(one[1].spec)))
        left.remove(best)
        chosen.append(best)
        for value in _values(best[1].spec):
            shown[value] = shown.get(value, 0) + 1
    return chosen


def _values(spec: ObjectSpec) -> tuple[str, ...]:
    return spec.category, spec.color, f"of {spec.material}", spec.pattern, spec.transparency


def _cell(scene: Scene, placed: PlacedObject) -> Image.Image:
    crop = scene.image.crop(placed.box)
    crop.thumbnail((CELL, CELL), Image.Resampling.BICUBIC)
    scale = CELL / max(crop.size)
    crop = crop.resize((round(crop.width * scale), round(crop.height * scale)), Image.Resampling.BICUBIC)
    cell = Image.new("RGB", (CELL, CELL + TEXT), "white")
    cell.paste(crop, ((CELL - crop.width) // 2, (CELL - crop.height) // 2))
    words = textwrap.fill(describe(placed.spec), width=26)
    ImageDraw.Draw(cell).multiline_text((0, CELL + 4), words, fill="black", font_size=11, spacing=2)
    return cell


def main() -> None:
    """Writes the contact sheet that the arguments ask for."""
    parser = argparse.ArgumentParser(description="Write a contact sheet of rendered objects.")
    parser.add_argument("path", type=Path, help="the PNG to write")
    parser.add_argument("--seed", type=int, default=0, help="the first scene's seed (0 or more)")
    arguments = parser.parse_args()
    contact_sheet(arguments.seed, arguments.path)


if __name__ == "__main__":
    main()

"""The dataset card of fg-rendered: which files make up which config, in the form that `datasets` reads."""

from pathlib import Path

from heads.io.atomic import replacing

TEMPLATE = Path(__file__).with_name("data_card.md")
SPLIT_ORDER = ("train", "validation", "test")


def write_card(folder: Path, template: Path = TEMPLATE) -> Path:
    """The written README.md, its front matter listing the Parquet files that lie in the folder now."""
    configs = "\n".join(
        _config(path) for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] != "."
    )
    card = folder / "README.md"
    with replacing(card) as aside:
        aside.write_text(template.read_text().replace("{configs}", configs))
    return card


def _config(folder: Path) -> str:
    lines = [f"- config_name: {folder.name}", "  data_files:"]
    for split in SPLIT_ORDER:
        if any(folder.glob(f"{split}*.parquet")):
            lines += [f"  - split: {split}", f"    path: {folder.name}/{split}*.parquet"]
    return "\n".join(lines)

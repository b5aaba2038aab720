"""What a push publishes of a head's folder: every file and its content, before anything is sent."""

from pathlib import Path

from huggingface_hub import ModelCard
from yaml import YAMLError

from heads.persistence.card import CARD_NAME, TAGS, card, metadata, signed
from heads.persistence.config import CONFIG_NAME, WEIGHTS_NAME, read_config
from heads.persistence.folder import CURVE_PICTURE_NAME, HISTORY_NAME, load_folder
from heads.persistence.revision import head_revision
from heads.persistence.scores import Scores, eval_results, read_scores

RESULTS_FOLDER = ".eval_results"


def push_files(
    folder: str | Path, repo: str, record: str | Path | None = None, own_card: str | Path | None = None
) -> dict[str, bytes]:
    """Path in the repository → content: config, weights, card, learning curve and history where they are
    there, and results where a record is given whose benchmark is on the Hub.

    `own_card` takes the place of the card written from `heads/persistence/card.md`; what is missing in its metadata is
    filled in. The same head always gives the same bytes. Raises FileNotFoundError or ValueError when the
    folder is no whole head, or the record is not of it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: expected a head's folder, found none")
    config, head = read_config(folder), load_folder(folder)
    scores = read_scores(record, config, head_revision(head)) if record is not None else None
    files = {name: (folder / name).read_bytes() for name in (CONFIG_NAME, WEIGHTS_NAME)}
    extras = (CURVE_PICTURE_NAME, HISTORY_NAME)
    files |= {name: (folder / name).read_bytes() for name in extras if (folder / name).is_file()}
    picture = CURVE_PICTURE_NAME if CURVE_PICTURE_NAME in files else None
    text = signed(card(config, repo, scores, picture))
    if own_card is not None:
        text = _completed(Path(own_card), metadata(config, scores).to_dict())
    return files | {CARD_NAME: text.encode()} | _results(scores)


def _results(scores: Scores | None) -> dict[str, bytes]:
    # The Hub's own leaderboards know data sets by their id there; a benchmark in a folder has none.
    if scores is None or "/" not in scores.benchmark.name or not scores.subsets:
        return {}
    name = scores.benchmark.name.rpartition("/")[2]
    return {f"{RESULTS_FOLDER}/{name}.yaml": eval_results(scores).encode()}


def _completed(path: Path, ours: dict[str, object]) -> str:
    """The card in the file, with what its metadata lack; our tags are added to its own."""
    found = _read_card(path)
    theirs = {name: value for name, value in found.data.to_dict().items() if value is not None}
    tags = theirs.get("tags", [])
    tags = [tags] if isinstance(tags, str) else tags
    both = [*tags, *(tag for tag in TAGS if tag not in tags)]
    for name, value in {**ours, **theirs, "tags": both}.items():
        found.data[name] = value
    return str(found)


def _read_card(path: Path) -> ModelCard:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: expected a card, found {'a folder' if path.is_dir() else 'none'}")
    try:
        return ModelCard(path.read_text(encoding="utf-8-sig"), ignore_metadata_errors=False)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: expected a card in UTF-8, got another encoding; save it as UTF-8"
        ) from error
    except (YAMLError, ValueError, TypeError) as error:
        words = " ".join(str(error).split())
        raise ValueError(
            f"{path}: expected metadata in YAML between --- and ---, got: {words:.200}"
        ) from error

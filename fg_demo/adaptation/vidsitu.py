"""Reader of VidSitu's annotation files (Sadhu et al., CVPR 2021; github.com/TheShadow29/VidSitu, its README and code).

`split_files/vseg_split_{split}_lb.json` lists clips, "v_{id}_seg_{start}_{end}"; `vseg_ann_files/vsann_{split}_lb.json`
lists annotations, one a clip in training, several in validation. An annotation has events Ev1 to Ev5, each with
`Verb` "dive (to drop)", `Args` {"Arg1 (thing falling)": "man in wetsuit", "ArgM (direction)": "downward", "Scene of
the Event": "lake"} and `Arg_List`, the order of its roles. Files and videos are their owners': they are read where
they lie, and nothing of them ships.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fg_demo.adaptation.events import Clip, Event, Role
from heads.io.strict_json import read_json

EVENTS = ("Ev1", "Ev2", "Ev3", "Ev4", "Ev5")
SCENE = "Scene of the Event"
_ROLE = re.compile(r"(Arg[0-9M][A-Z]*)\s*(?:\((.*)\))?", re.DOTALL)
_INNER = re.compile(r"\s*\([^()]*\)?")


@dataclass(frozen=True)
class VidSitu:
    """A split's clips, one for each annotation, and what was left out of them: reason → count."""

    clips: tuple[Clip, ...]
    left_out: Mapping[str, int]


def read_vidsitu(folder: str | Path, split: str) -> VidSitu:
    """The clips of a split in the order of its list; a clip that has several annotations comes several times.

    Raises FileNotFoundError when a file is missing, ValueError naming it when it is of another form.
    """
    folder = Path(folder)
    listed = _names(folder / "split_files" / f"vseg_split_{split}_lb.json")
    annotations = _annotations(annotations_file(folder, split))
    odd: Counter[str] = Counter()
    found: dict[str, list[Clip]] = {}
    for annotation in annotations:
        name = _name(annotation)
        if name not in listed:
            odd[
                "annotations of clips that the split does not list" if name else "annotations without a clip"
            ] += 1
        elif (clip := _clip(name, annotation, odd)) is not None:
            found.setdefault(name, []).append(clip)
    odd["clips without an annotation that can be used"] += sum(name not in found for name in listed)
    clips = tuple(clip for name in listed for clip in found.get(name, ()))
    return VidSitu(clips, {reason: count for reason, count in odd.items() if count})


def annotations_file(folder: Path, split: str) -> Path:
    """The file of a split's annotations."""
    return folder / "vseg_ann_files" / f"vsann_{split}_lb.json"


def _clip(name: str, annotation: Mapping[str, Any], odd: Counter[str]) -> Clip | None:
    events = {place: _event(annotation.get(key), odd) for place, key in enumerate(EVENTS)}
    there = {place: event for place, event in events.items() if event is not None}
    return Clip(name, tuple(there.values()), tuple(there), len(EVENTS)) if there else None


def _event(content: Any, odd: Counter[str]) -> Event | None:
    if not isinstance(content, dict):
        odd["events that are missing"] += 1
        return None
    verb = _text(content.get("Verb")).partition(" (")[0].strip()
    if not verb:
        odd["events without a verb"] += 1
        return None
    roles: dict[str, Role] = {}
    circumstances: dict[str, Role] = {}
    for key, phrase in _ordered(content, odd):
        role = _role(key, phrase, odd)
        if role is None:
            continue
        group = roles if role.slot != "ArgM" else circumstances
        if (role.slot if group is roles else role.name) in group:
            odd["roles that an event fills twice, the first kept"] += 1
            continue
        group[role.slot if group is roles else role.name] = role
    said = {
        name: circumstances.pop(name).phrase
        for name in ("direction", "manner", "scene")
        if name in circumstances
    }
    others = tuple(Role(f"ArgM {role.name}", role.name, role.phrase) for role in circumstances.values())
    return Event(verb, tuple(roles.values()), **said, others=others)


def _ordered(content: Mapping[str, Any], odd: Counter[str]) -> Iterator[tuple[str, str]]:
    """Role and phrase of those that have one, in the order that `Arg_List` gives, else in the file's."""
    args = content.get("Args")
    if not isinstance(args, dict):
        odd["events whose roles are missing"] += 1
        return
    order = content.get("Arg_List")
    places = order if isinstance(order, dict) else {}
    numbers = {key: int(place) for key, place in places.items() if str(place).isdecimal()}
    for key in sorted(args, key=lambda key: (key not in numbers, numbers.get(key, 0))):
        phrase = _text(args[key])
        if phrase:
            yield key, phrase
        else:
            odd["roles without words"] += 1


def _role(key: str, phrase: str, odd: Counter[str]) -> Role | None:
    """The role, its name what stands in the outer brackets without what stands in inner ones."""
    if key.strip() == SCENE:
        return Role("ArgM", "scene", phrase)
    found = _ROLE.fullmatch(key.strip())
    name = _text(_INNER.sub("", found[2])) if found and found[2] else ""
    if not found or not name:
        odd["roles without a name"] += 1
        return None
    return Role("ArgM" if found[1].startswith("ArgM") else found[1], name, phrase)


def _text(value: Any) -> str:
    """The words with single spaces; none of what is no text."""
    return " ".join(value.split()) if isinstance(value, str) else ""


def _name(annotation: Mapping[str, Any]) -> str:
    events = [annotation.get(key) for key in EVENTS]
    named = [_text(event.get("vid_seg_int")) for event in events if isinstance(event, dict)]
    return next(filter(None, named), "")


def _names(path: Path) -> dict[str, None]:
    content = _read(path)
    if not isinstance(content, list) or not all(isinstance(name, str) for name in content):
        raise ValueError(f"{path}: expected a list of clips' names, got {content!r:.80}")
    return dict.fromkeys(content)


def _annotations(path: Path) -> Iterator[Mapping[str, Any]]:
    """The annotations of all clips; a clip's may stand in a list of their own."""
    content = _read(path)
    if not isinstance(content, list):
        raise ValueError(f"{path}: expected a list of annotations, got {content!r:.80}")
    for number, entry in enumerate(content):
        for annotation in entry if isinstance(entry, list) else [entry]:
            if not isinstance(annotation, dict):
                raise ValueError(
                    f"{path}: entry {number}: expected an object of events, got {annotation!r:.80}"
                )
            yield annotation


def _read(path: Path) -> Any:
    if not path.is_file():
        raise FileNotFoundError(f"vidsitu: expected the file {path}, found none")
    try:
        return read_json(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error

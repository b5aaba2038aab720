"""A few annotations in the layout of VidSitu's files, written by hand."""

import json
from pathlib import Path
from typing import Any

DIVE = {
    "Verb": "dive (to drop)",
    "VerbID": "dive.02",
    "EvRel": "Causes",
    "Args": {
        "Arg1 (thing falling)": "man in wetsuit",
        "ArgM (direction)": "downward",
        "Scene of the Event": "lake",
    },
    "Arg_List": {"Arg1 (thing falling)": "0", "ArgM (direction)": "1", "Scene of the Event": "2"},
}
TALK = {
    "Verb": "talk (speak)",
    "VerbID": "talk.01",
    "Args": {"Arg0 (talker)": "brunette girl", "Arg2 (hearer)": "brunette boy", "ArgM (manner)": "casually"},
    "Arg_List": {"Arg0 (talker)": "0", "Arg2 (hearer)": "1", "ArgM (manner)": "2"},
}


def annotation(name: str, *events: Any) -> dict[str, Any]:
    """A clip's events, those that are None left out; without any, five usual ones."""
    chosen = events or (DIVE, TALK, TALK, TALK, DIVE)
    named = [{**event, "vid_seg_int": name} if isinstance(event, dict) else event for event in chosen]
    return {f"Ev{number}": event for number, event in enumerate(named, start=1) if event is not None}


def write_vidsitu(folder: Path, listed: Any, annotations: Any, split: str = "train") -> Path:
    """The folder, with the split's two files in it; text is written as it is."""
    for path, content in (
        (folder / "split_files" / f"vseg_split_{split}_lb.json", listed),
        (folder / "vseg_ann_files" / f"vsann_{split}_lb.json", annotations),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    return folder

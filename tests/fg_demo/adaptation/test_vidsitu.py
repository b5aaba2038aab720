"""VidSitu's files, by hand in its layout: whole ones, and what people really wrote."""

from pathlib import Path
from typing import Any

import pytest

from fg_demo.adaptation.captions import event_caption
from fg_demo.adaptation.events import Event, Role
from fg_demo.adaptation.vidsitu import read_vidsitu
from tests.support.vidsitu_samples import DIVE, TALK, annotation, write_vidsitu


def only_event(tmp_path: Path, **changes: Any) -> tuple[Event, dict[str, int]]:
    read = read_vidsitu(
        write_vidsitu(tmp_path, ["v_a"], [annotation("v_a", {**TALK, **changes}, *[DIVE] * 4)]), "train"
    )
    return read.clips[0].events[0], dict(read.left_out)


def test_five_events_with_verb_roles_and_circumstances(tmp_path: Path):
    read = read_vidsitu(write_vidsitu(tmp_path, ["v_a_seg_0_10"], [annotation("v_a_seg_0_10")]), "train")
    (clip,) = read.clips
    assert (clip.name, clip.places, clip.parts) == ("v_a_seg_0_10", (0, 1, 2, 3, 4), 5)
    assert clip.events[0] == Event(
        "dive", (Role("Arg1", "thing falling", "man in wetsuit"),), direction="downward", scene="lake"
    )
    assert event_caption(clip.events[1]) == (
        "In this photo, the action is talk, the talker is brunette girl, the hearer is brunette boy, "
        "manner is casually"
    )
    assert read.left_out == {}


def test_validation_clips_come_with_each_of_their_annotations_in_the_lists_order(tmp_path: Path):
    entries = [[annotation("v_b"), annotation("v_b", TALK, TALK, TALK, TALK, TALK)], [annotation("v_a")]]
    read = read_vidsitu(write_vidsitu(tmp_path, ["v_a", "v_b"], entries, "valid"), "valid")
    assert [clip.name for clip in read.clips] == ["v_a", "v_b", "v_b"]
    assert [clip.events[0].verb for clip in read.clips] == ["dive", "dive", "talk"]


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("Arg0 (air, we hope)", "air, we hope"),
        ("Arg0 (agent, hitter - animate only!)", "agent, hitter - animate only!"),
        ("Arg0 (thing climbed (clomb?))", "thing climbed"),
        ("Arg0 (thing climbed (clomb?)", "thing climbed"),
        (" Arg0  (  two   words ) ", "two words"),
        ("ArgA (agent)", None),
    ],
)
def test_odd_role_names_survive(tmp_path: Path, key: str, name: str | None):
    event, left_out = only_event(tmp_path, Args={key: "somebody"}, Arg_List={})
    if name is None:
        assert not event.roles and left_out == {"roles without a name": 1}
    else:
        assert event.roles == (Role("Arg0", name, "somebody"),) and not left_out


def test_roles_come_in_the_order_of_the_list_and_those_it_lacks_last(tmp_path: Path):
    args = {"Arg2 (hearer)": "a boy", "Arg1 (thing said)": "hello", "Arg0 (talker)": "a girl"}
    event, _ = only_event(tmp_path, Args=args, Arg_List={"Arg0 (talker)": "0", "Arg1 (thing said)": "10"})
    assert [role.name for role in event.roles] == ["talker", "thing said", "hearer"]


def test_circumstances_beside_the_three_are_kept_apart(tmp_path: Path):
    args = {"ArgM (goal)": "to win", "ArgM (location)": "by the door", "ArgM (manner)": "fast"}
    event, _ = only_event(tmp_path, Args=args)
    assert [(role.name, role.phrase) for role in event.others] == [
        ("goal", "to win"),
        ("location", "by the door"),
    ]
    assert event.manner == "fast" and not event.roles


def test_what_is_missing_is_counted_and_leaves_a_gap(tmp_path: Path):
    broken = {**TALK, "Args": {"Arg0 (talker)": " ", "Arg1": "x", "Arg2 (a)": "1st", "Arg2 (b)": "2nd"}}
    entry = annotation("v_a", broken, None, {**TALK, "Verb": ""}, {**TALK, "Args": None}, "no event")
    folder = write_vidsitu(
        tmp_path, ["v_a", "v_gone"], [entry, annotation("v_other"), {"Ev1": {"Verb": "go (x)"}}]
    )
    read = read_vidsitu(folder, "train")
    (clip,) = read.clips
    assert clip.places == (0, 3) and clip.events[0].roles == (Role("Arg2", "a", "1st"),)
    assert read.left_out == {
        "events that are missing": 2,
        "events without a verb": 1,
        "events whose roles are missing": 1,
        "roles without words": 1,
        "roles without a name": 1,
        "roles that an event fills twice, the first kept": 1,
        "annotations of clips that the split does not list": 1,
        "annotations without a clip": 1,
        "clips without an annotation that can be used": 1,
    }


@pytest.mark.parametrize(
    ("listed", "annotations", "message"),
    [
        ({"v_a": 1}, [], "vseg_split_train_lb.json: expected a list of clips' names"),
        (["v_a"], {"v_a": {}}, "vsann_train_lb.json: expected a list of annotations"),
        (["v_a"], [annotation("v_a"), "text"], "entry 1: expected an object of events, got 'text'"),
        (["v_a"], "[{", "vsann_train_lb.json: expected JSON"),
    ],
)
def test_files_of_another_form_are_refused_by_name(
    tmp_path: Path, listed: Any, annotations: Any, message: str
):
    with pytest.raises(ValueError, match=message):
        read_vidsitu(write_vidsitu(tmp_path, listed, annotations), "train")


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match=r"expected the file .*vseg_split_train_lb.json, found none"):
        read_vidsitu(tmp_path, "train")

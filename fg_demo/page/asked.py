"""What an address asks of the Compare tab, and the address of what the tab shows."""

from collections.abc import Sequence

from gradio.data_classes import FileData

from fg_demo.box_drawer.component import Drawing, KeptBox
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.comparison import NO_HEAD, Question, read_box, read_context, read_heads
from fg_demo.page.kept import kept_links, read_kept
from fg_demo.page.taking.link import QuestionLink
from fg_demo.page.taking.names import DIGITS, ImageNames, file_digest
from fg_demo.page.text import marked

Heads = list[str] | str | None
"""What the list of heads holds: names, or one from a program or a link."""


def link_of(question: Question, kept: Sequence[KeptBox], names: ImageNames) -> QuestionLink:
    """The question as a link asks it; a visitor's photograph stays in their browser, by its content."""
    name, box = names.of(question.image), question.box
    return QuestionLink(
        image=name,
        own=None if name else file_digest(question.image)[:DIGITS],
        box=None if box is None else (box.left, box.top, box.right, box.bottom),
        context=question.context,
        kept=kept_links(kept),
        queries="\n".join(marked(query, question.true) for query in question.queries),
        backbone=question.backbone,
        heads=question.heads or (NO_HEAD,),
    )


def asked_drawing(asked: QuestionLink, drawing: Drawing | None, names: ImageNames) -> Drawing | None:
    """The image with the boxes that the link asks for; the one that is there, `drawing`, where it asks for none. Raises
    ValueError in words when image or boxes cannot be had.
    """
    box = read_box(asked.box)
    edges = None if box is None else [box.left, box.top, box.right, box.bottom]
    boxes = {"box": edges, "context": read_context(asked.context), "kept": read_kept(asked.kept)}
    if asked.own is not None:
        return _own_drawing(asked.own, drawing).model_copy(update=boxes)
    if asked.image is None:
        return drawing
    return Drawing(image=FileData(path=str(names.file(asked.image))), **boxes)


def _own_drawing(digest: str, drawing: Drawing | None) -> Drawing:
    """The photograph that the browser had kept and has uploaded again. Raises ValueError when it had none."""
    if drawing is None or drawing.image is None or file_digest(drawing.image.path)[:DIGITS] != digest:
        raise ValueError(
            "image: expected a photograph that this browser has kept; the link is of one that stays with whoever "
            "chose it, so choose the photograph yourself"
        )
    return drawing


def asked_heads(
    asked: Sequence[str], chosen: Heads, backbone: str, names: Sequence[str], registry: ModelRegistry
) -> list[str]:
    """The heads that the link asks for, among the `names` of those that fit the backbone; where it asks for none, those
    of the `chosen` ones that are here. Raises ValueError in words when one does not fit or would have to be got.
    """
    unknown = [one for one in read_heads(asked) if one not in names]
    if unknown:
        raise ValueError(f"head: expected one of {', '.join(names)} for {backbone}, got {unknown[0][:80]!r}")
    here = [one for one in names if registry.head_is_at_hand(one)]
    found = list(read_heads(asked)) if asked else fitting(chosen, here)
    far = [one for one in found if one not in here]
    if far:
        raise ValueError(
            f"head: expected one that is here already, got {far[0]}; choose it in the list to get it"
        )
    return found


def read_share(share: float) -> float:
    """The share. Raises ValueError when it is not 0 to 100."""
    if not 0 <= share <= 100:
        raise ValueError(f"share: expected 0 to 100, got {share:g}")
    return share


def fitting(chosen: Heads, names: Sequence[str]) -> list[str]:
    """Of the heads chosen those among the names; the first of the names where none is, unless none was chosen."""
    wanted = read_heads(chosen)
    kept = [name for name in wanted if name in names]
    return kept or (list(names[:1]) if wanted else [])

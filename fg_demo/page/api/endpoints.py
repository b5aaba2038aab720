"""The endpoints `/compare`, a comparison as rows, `/heads`, what it may be asked with, and `/lookalikes`."""

from typing import Any

from gradio.exceptions import Error

from fg_demo.lookalikes.vocabulary import VALUES
from fg_demo.lookalikes.writing import LEVELS, look_alikes
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.api.values import IMAGE, NUMBER, TEXT, WHOLE_NUMBER, Value, nullable, publish, rows
from fg_demo.page.comparison import MOST_CONTEXT, MOST_HEADS, NO_HEAD, read_question, score
from fg_demo.page.components import MODELS
from fg_demo.scores import MAX_CHARACTERS, MAX_QUERIES, check_queries

QUERY = {**TEXT, "maxLength": MAX_CHARACTERS}
QUERIES = {
    "anyOf": [TEXT, {"type": "array", "items": QUERY, "minItems": 1, "maxItems": MAX_QUERIES}],
}
NAMES = {"type": "array", "items": TEXT, "maxItems": MOST_HEADS}
BOX = {"type": "array", "items": NUMBER, "minItems": 4, "maxItems": 4}
SCORES = rows({"query": TEXT, "scorer": TEXT, "score": NUMBER, "rank": WHOLE_NUMBER, "share": NUMBER})
HEADS = rows(
    {
        "head": TEXT,
        "kind": TEXT,
        "stage": nullable(TEXT),
        "backbone": nullable(TEXT),
        "backbone_revision": nullable(TEXT),
        "dim": nullable(WHOLE_NUMBER),
    }
)
EXAMPLE_IMAGE = {"path": "scene.jpg", "meta": {"_type": "gradio.FileData"}}
EXAMPLE_QUERIES = ["a dark red fabric mug", "a brown fabric mug"]


def add_endpoints(registry: ModelRegistry, default_backbone: str) -> None:
    """Publish `/compare`, `/heads` and `/lookalikes` on the page that is being built."""
    _add_compare(registry, default_backbone)
    _add_heads(registry, default_backbone)
    _add_lookalikes()


def _add_compare(registry: ModelRegistry, default_backbone: str) -> None:
    def score_region(
        image: str | None,
        queries: Any,
        box: Any = None,
        backbone: str | None = None,
        head: Any = None,
        context: float | None = None,
    ) -> list[dict[str, Any]]:
        """Score descriptions of a region of an image by CLIP's cosine and by re-projection heads. One row a query and
        scorer: query, scorer, score, rank (1 is best), share (softmax over the queries).

        Args:
            image: an image file
            queries: descriptions, as a list or as a text with one a line
            box: left, top, right, bottom in pixels of the upright image; null for all of it
            backbone: one of those the page offers; null for the page's default
            head: one of those that /heads lists, or several, or "none"; null for the first that fits the backbone
            context: the crop is the box times this, 1 to 2, about its centre; null for the box itself

        """
        name = backbone or default_backbone
        try:
            chosen = head or next(iter(registry.fitting_heads(registry.backbone(name))), NO_HEAD)
            asked = read_question(
                image, box, queries, name, chosen, context=1.0 if context is None else context
            )
            found = score(registry, asked)
        except ValueError as error:
            raise Error(str(error)) from error
        return found.to_dict("records")

    scores = Value(label="scores", schema=SCORES, says="one row a query and scorer")
    publish(score_region, "compare", _compare_values(registry, default_backbone), scores, **MODELS)


def _compare_values(registry: ModelRegistry, default_backbone: str) -> list[Value]:
    image = Value(label="image", schema=IMAGE, says="an image file", example=EXAMPLE_IMAGE)
    queries = Value(
        label="queries",
        schema=QUERIES,
        says="descriptions, a list or one a line of a text",
        example=EXAMPLE_QUERIES,
    )
    box = Value(
        label="box",
        schema=nullable(BOX),
        says="left, top, right, bottom in pixels; null: the whole image",
        example=[128, 94, 380, 326],
    )
    backbone = Value(
        label="backbone",
        schema=nullable({"enum": list(registry.backbone_names)}),
        says="null: the page's default",
        example=default_backbone,
    )
    head = Value(
        label="head",
        schema={"oneOf": [{"type": "null"}, TEXT, NAMES]},
        says="null: the first that fits; none: the cosine alone",
        example=NO_HEAD,
    )
    context = Value(
        label="context",
        schema=nullable({**NUMBER, "minimum": 1, "maximum": MOST_CONTEXT}),
        says="null: the box itself",
        example=1,
    )
    return [image, queries, box, backbone, head, context]


def _add_heads(registry: ModelRegistry, default_backbone: str) -> None:
    def list_heads(backbone: str | None = None) -> list[dict[str, Any]]:
        """List the heads of this page, each with the one backbone that it fits, at the commit it was trained on.

        Args:
            backbone: heads of this backbone alone; null for all

        """
        return [row for row in registry.head_rows() if backbone in (None, row["backbone"])]

    one = Value(
        label="backbone", schema=nullable(TEXT), says="null: the heads of all", example=default_backbone
    )
    publish(list_heads, "heads", [one], Value(label="heads", schema=HEADS, says="one row a head"))


def _add_lookalikes() -> None:
    def write_lookalikes(
        description: str, replaced: int | None = None, kind: str | None = None, seed: int | None = None
    ) -> list[str]:
        """Write look-alikes of a description, hard negatives as FG-OVD makes them: attributes (colour, material, pattern,
        transparency) exchanged for others of their kind. Up to ten, the same for the same seed.

        Args:
            description: what is to be changed, with its attributes in words
            replaced: how many attributes give way in each, 1 to 3; null for 1
            kind: the one kind of attribute that gives way; null for any
            seed: a number that decides which; null for 0

        """
        try:
            check_queries([description])
            return look_alikes(description, 1 if replaced is None else replaced, kind, seed or 0)
        except ValueError as error:
            raise Error(str(error)) from error

    written = Value(label="lookalikes", schema={"type": "array", "items": TEXT}, says="other descriptions")
    publish(write_lookalikes, "lookalikes", _lookalike_values(), written)


def _lookalike_values() -> list[Value]:
    return [
        Value(
            label="description", schema=QUERY, says="with its attributes in words", example="a dark red mug"
        ),
        Value(label="replaced", schema=nullable({"enum": list(LEVELS)}), says="null: 1", example=1),
        Value(label="kind", schema=nullable({"enum": list(VALUES)}), says="null: any", example="color"),
        Value(label="seed", schema=nullable(WHOLE_NUMBER), says="null: 0", example=0),
    ]

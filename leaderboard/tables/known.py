"""What a record says in words of half-truths and of what training and test share."""

from leaderboard.records.record import Record


def overlap_words(record: Record) -> str | None:
    """What training and test share, in numbers; None where that was not counted."""
    found = record.overlap
    return found and (
        f"{found.near:,} of {found.captions:,} true captions were in the training data ({found.exact:,} word for word, "
        f"the others nearly so), {found.shared:,} of {found.images:,} images"
    )


def half_truth_words(record: Record) -> str | None:
    """How often the truth is preferred to a half-truth, in numbers; None where that was not measured."""
    found = record.half_truths
    if found is None:
        return None
    ends = f" (95 %: {100 * found.interval[0]:.1f}–{100 * found.interval[1]:.1f})" if found.interval else ""
    return (
        f"in {100 * found.preferred:.1f} %{ends} of {found.n:,} regions a short true description is scored above the "
        "same with one wrong attribute more"
    )

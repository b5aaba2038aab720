"""Protocols to test with: one, and any."""

from hypothesis import strategies as st

from leaderboard.benchmarks.protocol import ROI_ALIGN, CoarseRetrieval, Crop, Protocol, Ranking

PROTOCOL = Protocol(
    ranking=Ranking(
        crop=Crop(context=1.0, rule="outward"),
        negatives=10,
        negatives_of={"pattern": 7, "transparency": 2},
        items="all",
        scores="pointwise",
        read_alike="left out",
    ),
    retrieval=CoarseRetrieval(captions=1, images="unique", most=1000),
    ties="against",
    tolerance=1e-5,
    pixels="transformers, Pillow",
)

counts = st.integers(1, 20)
crops = st.tuples(st.none() | st.builds(Crop, st.floats(0.5, 2), st.just("outward")), st.none())
regions = crops | st.just((None, ROI_ALIGN))
"""A crop, the whole image, or pooled features: what may stand together."""
protocols = st.builds(
    Protocol,
    st.none()
    | st.builds(
        lambda region, *others: Ranking(region[0], *others, pooling=region[1]),
        regions,
        counts,
        st.dictionaries(st.sampled_from(["hard", "easy", "own_toys"]), counts),
        st.sampled_from(["all", "complete"]),
        st.sampled_from(["pointwise", "set-aware"]),
        st.sampled_from(["left out", "kept"]),
    ),
    st.none()
    | st.builds(
        CoarseRetrieval, counts, st.sampled_from(["all", "unique"]), st.none() | st.integers(1, 5000)
    ),
    st.sampled_from(["against", "for"]),
    st.floats(0, 0.5),
    st.just("transformers, Pillow"),
)

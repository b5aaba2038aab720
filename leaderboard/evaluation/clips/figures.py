"""A head's figures on clips: retrieval of events and of whole clips, and ranks among hard negatives and verbs."""

from dataclasses import replace

import torch
from jaxtyping import Int
from torch import Tensor

from heads.candidates import Candidates
from heads.head import Head
from heads.pairs import Pairs
from heads.scoring import mean, retrieval_ranks, score_candidates, scoring
from heads.ties import reaches
from leaderboard.benchmarks.samples import Sample, candidate_table
from leaderboard.evaluation.clips.encoded import EncodedClips
from leaderboard.evaluation.clips.items import ClipItems
from leaderboard.evaluation.evaluate import evaluate
from leaderboard.evaluation.metrics import recall
from leaderboard.evaluation.retrieval import with_intervals
from leaderboard.records.bootstrap import intervals
from leaderboard.records.figures import Recall, RetrievalResult, SubsetResult

AMONG_HARD, VERB, VERB_OF_ONE_FRAME = "clip_event", "clip_verb", "clip_verb_one_frame"
"""The subsets that clips have."""


def subset_results(head: Head, items: ClipItems, encoded: EncodedClips) -> dict[str, SubsetResult]:
    """Where each event's caption ranks among its hard negatives, and its verb among all, with blind controls: by the
    mean of its frames, the verb also by the middle frame alone.
    """
    events, verbs = items.event_samples, items.verb_samples
    image = encoded.event[encoded.event_of]
    whole = {
        AMONG_HARD: _candidates(image, events, encoded),
        VERB: _candidates(image, verbs, encoded),
    }
    one = {VERB_OF_ONE_FRAME: _candidates(encoded.frame[encoded.event_of], verbs, encoded)}
    # Apart, because a blind control's mean crop is of all that is evaluated together.
    return {
        **evaluate(head, whole, {AMONG_HARD: events, VERB: verbs}),
        **evaluate(head, one, {VERB_OF_ONE_FRAME: verbs}),
    }


def event_retrieval(head: Head, items: ClipItems, encoded: EncodedClips) -> RetrievalResult:
    """Events to captions and back: an event's caption among all of the split's and those made of it by another verb, a
    caption's event among all events, those of its own clip among them.

    A caption that tells events of several clips alike stands for the first of them.
    """
    first: dict[str, int] = {}
    for number, event in enumerate(items.events):
        first.setdefault(event.caption, number)
    kept = torch.tensor(list(first.values()))
    own = encoded.text[[encoded.captions[text] for text in first]]
    pairs = Pairs(encoded.event, own, encoded.event_of[kept])
    to_text, to_event = retrieval_ranks(head, pairs)
    asked = pairs.image_of_text.unique()
    # A made caption that is another event's own is among the candidates already.
    made = [
        tuple(text for text in dict.fromkeys(items.events[number].made) if text not in first)
        for number in first.values()
    ]
    samples = [
        replace(items.event_samples[number], negatives=others)
        for number, others in zip(first.values(), made, strict=True)
    ]
    ahead = _ahead(head, encoded, samples, pairs.image_of_text)
    clips = encoded.clip_of_event
    return RetrievalResult(
        _recall(to_text + ahead[asked], clips[asked]),
        _recall(to_event, clips[pairs.image_of_text]),
        len(asked),
        len(first),
    )


def clip_retrieval(head: Head, encoded: EncodedClips) -> RetrievalResult:
    """Whole clips to the means of their captions and back."""
    to_text, to_clip = retrieval_ranks(head, Pairs(encoded.clip, encoded.told, encoded.clip_of))
    clips = torch.arange(len(encoded.clip))
    return RetrievalResult(
        _recall(to_text, clips), _recall(to_clip, encoded.clip_of), len(clips), len(encoded.told)
    )


def _ahead(
    head: Head, encoded: EncodedClips, samples: list[Sample], event: Int[Tensor, " n"]
) -> Int[Tensor, " m"]:
    """For each of the m events how many made captions score at least as high as the best of its own."""
    candidates = _candidates(encoded.event[event], samples, encoded)
    with scoring(head):
        scores = score_candidates(head, candidates)
    best = torch.full((len(encoded.event),), -torch.inf).scatter_reduce_(
        0, event, scores[:, 0].float(), "amax"
    )
    before = reaches(scores[:, 1:].float(), best[event][:, None]) & candidates.mask[:, 1:]
    return torch.zeros(len(encoded.event), dtype=torch.long).index_add_(0, event, before.sum(dim=1))


def _candidates(image: Tensor, samples: list[Sample], encoded: EncodedClips) -> Candidates:
    """Nothing is masked: a caption that the backbone reads as the true one is a negative, since a verb that it does not
    know is what is asked.
    """
    index, mask, distinct = candidate_table(samples)
    rows = torch.tensor([encoded.captions[text] for text in distinct])
    return Candidates(image, encoded.text[rows], index, mask)


def _recall(ranks: Int[Tensor, " q"], clip: Int[Tensor, " q"]) -> Recall:
    """The recall of queries that are about those clips, with its mean rank and all intervals by clips."""
    (interval,) = intervals(ranks[:, None].float(), clip)
    found = with_intervals(recall(ranks), ranks, clip)
    return replace(found, mean_rank=mean(ranks), mean_rank_interval=interval)

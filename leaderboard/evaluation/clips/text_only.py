"""What the captions of clips alone give away, to read a head's figures beside."""

from leaderboard.evaluation.clips.figures import AMONG_HARD, VERB, VERB_OF_ONE_FRAME
from leaderboard.evaluation.clips.items import TRAINING, ClipItems
from leaderboard.evaluation.clips.measured import benchmark_entry, clip_protocol, notes
from leaderboard.evaluation.text_only import text_only_ranks
from leaderboard.evaluation.text_only_records import NO_BACKBONE, SEES_NO_IMAGE, fitted_entry, ranks_result
from leaderboard.records.figures import SubsetResult
from leaderboard.records.overall import overall_intervals
from leaderboard.records.provenance import produced
from leaderboard.records.record import SCHEMA, Record, TrainingData

NAME = "text-only"


def text_only_record(items: ClipItems, training: ClipItems, command: str) -> Record:
    """The record of a bag of word n-grams that is fitted on the training clips' captions. It finds no event among all:
    what ranks captions without a look has no event to look for.
    """
    numbers: dict[str, int] = {}
    found = {
        AMONG_HARD: (items.event_samples, training.event_samples),
        VERB: (items.verb_samples, training.verb_samples),
    }
    subsets: dict[str, SubsetResult] = {}
    for name, (samples, fitted_on) in found.items():
        subsets[name] = ranks_result(samples, text_only_ranks(samples, fitted_on), numbers)
    subsets[VERB_OF_ONE_FRAME] = subsets[VERB]  # the same verbs in the same words
    mean_rank_interval, top1_interval = overall_intervals(subsets)
    data = TrainingData(training.name, TRAINING, training.revision)
    return Record(
        schema=SCHEMA,
        head=fitted_entry(data),
        backbone=NO_BACKBONE,
        benchmark=benchmark_entry(items),
        protocol=clip_protocol(items),
        provenance="measured",
        subsets=subsets,
        mean_rank_interval=mean_rank_interval,
        top1_interval=top1_interval,
        notes=(SEES_NO_IMAGE, *notes(items)),
        produced=produced(command, "cpu"),
    )

"""The columns of detectors: average precision, by three rules."""

from leaderboard.records.overall import over_subsets
from leaderboard.tables.column import Column

AP_HELP = "Mean average precision of a detector on {}, in percent. Higher is better."


def _precision_column(name: str, title: str, help: str, short: str = "") -> Column:
    """A figure of detectors, the mean of the eight subsets; None unless all eight are there."""
    return Column(
        *(name, title, help),
        lambda record: over_subsets({subset: getattr(one, name) for subset, one in record.subsets.items()}),
        best="max",
        form="share",
        short=short,
    )


PRECISIONS = (
    _precision_column("average_precision", "mAP", AP_HELP.format("the subsets, mean of them"), "AP"),
    _precision_column(
        "average_precision_50",
        "AP50",
        "Average precision of a detector where an IoU of 0.5 is enough, mean of the subsets, in percent. Higher is "
        "better.",
    ),
    _precision_column(
        "nms_average_precision",
        "NMS-AP",
        "OVDEval's: as mAP, but of all captions' boxes on a true one the best scored alone counts, mean of the subsets, "
        "in percent. Higher is better.",
    ),
)

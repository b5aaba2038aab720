"""The leaderboard: benchmarks, the embeddings of their rows, figures of heads, and the table of results."""

from leaderboard.benchmark import SUBSETS, Sample, load_benchmark
from leaderboard.embed import embed
from leaderboard.evaluate import evaluate
from leaderboard.records import Record, load_results

__all__ = ["SUBSETS", "Record", "Sample", "embed", "evaluate", "load_benchmark", "load_results"]

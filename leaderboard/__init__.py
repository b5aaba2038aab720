"""What happens to a benchmark: rows, embeddings, figures, records, and the leaderboard.

benchmarks   names give samples, images, captions
publishing   a benchmark becomes a dataset on the Hub
embedding    samples become embeddings, each once
records      one result, and what follows from it
tables       records become rows
evaluation   a head and a benchmark give a record
rendered     the embedded benchmark and backbone
submissions  heads of others
training_files embeddings of a split become files
reproduction one pipeline from real addresses to records
board        the leaderboard without a page
charts       its charts
page         the Leaderboard and Submit tabs
flags        what several commands ask for in the same words
commands     python -m leaderboard … (through __main__)
"""

from typing import TYPE_CHECKING

from heads.io.lazy import lazy_names

if TYPE_CHECKING:
    from leaderboard.benchmarks.catalogue import SUBSETS
    from leaderboard.benchmarks.samples import Sample
    from leaderboard.benchmarks.split import load_benchmark
    from leaderboard.embedding.embed import embed
    from leaderboard.evaluation.evaluate import evaluate
    from leaderboard.records.files import load_results
    from leaderboard.records.record import Record

__all__ = ["SUBSETS", "Record", "Sample", "embed", "evaluate", "load_benchmark", "load_results"]

__getattr__ = lazy_names(__file__)

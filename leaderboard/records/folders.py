"""Where records lie: with the project, and in a dataset on the Hub."""

from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"
"""The records."""

BALANCED = RESULTS.parent / "balanced"
"""The weights of blind-balanced benchmarks."""

IN_DATASET = "results"
"""The folder of a results dataset that holds its records, as JSON files and as Parquet files."""

"""Where what ships with the project lies."""

from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"
"""The records."""

BALANCED = RESULTS.parent / "balanced"
"""The weights of blind-balanced benchmarks."""

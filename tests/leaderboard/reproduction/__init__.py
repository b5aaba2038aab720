"""Tests of the one pipeline."""

"""Embedding: every distinct crop and caption once, found again on disk, and rebuilt when the disk lies."""

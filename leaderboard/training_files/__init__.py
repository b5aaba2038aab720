"""A split and an Embedder go in; files of embeddings for training come out.

asked  what of a split is embedded, without the images that do not open
files  the files, and what they say of where they are from
"""

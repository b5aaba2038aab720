"""Scenes go in, captions and hard negatives come out.

annotations     the eight subsets' rows
hard_negatives  attributes replaced, as FG-OVD replaces them
replacements    by what, and how often
web_captions    captions as the web writes them, for training mini-clip
"""

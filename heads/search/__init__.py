"""Pairs and a head go in; for each image its best captions come out, or for each caption its best images.

neighbours  the exact best, all scored; how many of them another search has found
vectors     projections at length 1, whose order by cosine is the head's
index       most of the best from a pool of millions
"""

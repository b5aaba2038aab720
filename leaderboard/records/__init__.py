"""One result: figures, protocol, provenance, every item's rank; and what follows from records alone.

record         Record and its entries
figures        the figures of a subset, of retrieval, of confusions
folders        where records lie
files          records as JSON files, and those of Parquet files
shards         Parquet files, a row a record
packing        ranks and image numbers as short text
provenance     the code, commit and command of a figure; the words of each provenance
bootstrap      intervals by resampling images
weights        weights of items, and figures under them
paired         two heads item by item
slim           a record without what is of single items
overall        means over the eight subsets
balanced_file  a benchmark's blind-balanced weights, read and written
weighed        a record under them
"""

"""Predictions of a detector go in, records come out: ranks and average precision on the same boxes as heads.

items              which regions and vocabularies are measured, and which of their captions are too long
ranking            where the true caption lands in the scores of the box that was found
average_precision  mAP as FG-OVD and NoctOWL have it
predictions        a detector on a benchmark, kept as Parquet
scored             predictions beside the items of a subset
decomposition      the box or CLIP: true and found boxes, with and without a head
records            figures as records
predicted          two files of predictions beside each other
"""

"""A benchmark goes in, a dataset on the Hub comes out.

check   every row, before anything is sent
folder  Parquet files and card, in a folder
card    the dataset card (dataset_card.md is its template)
push    the folder in one commit
regions  crops, captions and negatives as files, to adapt a backbone on
"""

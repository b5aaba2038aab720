"""Records go in, tables come out.

column      what a column is
columns     the list of columns, from which all of these are written;
            retrieval_columns and detector_columns make some of them
known       half-truths and shared training data in words
shown       which of them a board has, and opens with
frame       all records as a DataFrame
terminal    as text for a terminal
markdown    as Markdown
parquet     as a dataset of Parquet files (results_card.md is its card's template)
report      one record in full
comparison  two heads item by item
"""

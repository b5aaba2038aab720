"""Records go in, tables come out.

column      what a column is
controls    those of what a head really knows
columns     the list of columns, from which all of these are written
shown       which of them a board has, and opens with
frame       all records as a DataFrame
terminal    as text for a terminal
markdown    as Markdown
report      one record in full
comparison  two heads item by item
"""

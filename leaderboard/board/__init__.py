"""The leaderboard without a page. Records and a visitor's state go in, rows, points and files come out.

board       boards and their entries
grouping    records in one table: their order, shared places, a view's weights
naming      their keys and titles
state       what a visitor has set, as an address
filtering   search, order, groups
export      the view as CSV or JSON
results     the folder of records, read again when it changes
index       what its files say, kept in the cache
indexing    what it keeps of a file, and the records in it whole
indexed     boards whose records are read when they are looked at
live        the results dataset, read every five minutes
trade_off   the points of the chart
cases       single regions: a head's errors, and what it mends
head_files  the files of a head behind a record
"""

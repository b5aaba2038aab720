"""The tab in which visitors try the benchmark themselves: guess first, then see what the models picked.

rounds  the items of a round, the guesses, and who was right how often
link    one item as an address
events  what the tab's events run
tab     the components, connected
"""

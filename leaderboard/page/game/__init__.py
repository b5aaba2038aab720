"""The tab in which visitors try the benchmark themselves: guess first, then see what the models picked.

rounds  the items of a round, the guesses, and who was right how often
tab     the components, and what their events run
"""

"""`python -m leaderboard …`: one module a command; nothing imports a command but `leaderboard.__main__`.

evaluate           embed a split, measure a head, show the table of results
compare            two heads item by item
text_only          what captions alone give away
balance            a benchmark's blind-balanced weights
publish_benchmark  a benchmark as a dataset on the Hub
submit             ask for a head to be measured
refresh            measure what waits
"""

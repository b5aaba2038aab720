"""`python -m leaderboard …`: one module a command, its flags and the function that runs it; nothing imports a command.

What a command's flags need is imported at its top; what its work needs, in `run`: torch takes seconds, `--help` none.

embed              a split's crops and captions as files for training
export_regions     a split's regions as pictures and one CSV file
evaluate           measure a head and write its record
evaluate_clips     measure a head on clips of events
detect             measure a detector, and a head on its boxes
table              the table of results
compare            two heads item by item
text_only          what captions alone give away
balance            a benchmark's blind-balanced weights
publish_benchmark  a benchmark as a dataset on the Hub
submit             ask for a head to be measured
refresh            measure what waits
reproduce          the whole way, in one command
doctor             whether what a reproduction needs is there
"""

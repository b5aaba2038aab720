"""`python -m leaderboard.reproduction …`: one module a command, with its flags and the function that runs it.

fetch      a split's rows and images, onto this machine
ablations  an adaptation on clips, whole and without one of its parts
"""

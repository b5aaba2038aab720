"""A backbone's name goes in; heads, records and a table beside the published figures come out.

pipeline      what is reproduced, and where its files are
trainings     the heads that are trained, as data
stages        the steps of each stage, as data
steps         steps in their order; done is what has been done on the same content
subprocesses  a step in a process of its own
run           which steps are wanted, and what is said at the end
plan          what will be done, before anything is
amounts       how much the real data are
estimate      how long it takes on the device found
fetching      rows and images onto this machine
figures       each figure beside the published one
doctor        whether what is needed from outside is there
commands      python -m leaderboard.reproduction … (through __main__)
"""

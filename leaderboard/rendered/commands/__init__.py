"""`python -m leaderboard.rendered …`: one module a command, with its flags and the function that runs it.

build              a split's Parquet files
clips              drawn clips in VidSitu's layout
train_mini_clip    the embedded backbone, from scratch
train_clip_words   its last stage alone
measure_mini_clip  its figures, written to its card
train_mini_owl     the embedded detector, from mini-clip's towers
measure_mini_owl   its figures, written to its card
contact_sheet      crops with what is drawn on them
"""

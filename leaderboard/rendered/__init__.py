"""The embedded benchmark, fg-rendered, and the embedded backbone, mini-clip: `python -m leaderboard.rendered`.

commands       build, train-mini-clip, measure-mini-clip, contact-sheet (through __main__)
vocabulary     objects, colours, materials, patterns, transparencies
drawing        pictures from scenes
captions       captions and hard negatives from scenes
build          the benchmark's files
card           the benchmark's card (data_card.md is its template)
contact_sheet  crops with what is drawn on them, on one picture
mini_clip      the backbone: model, training, measuring
data           the files that ship
"""

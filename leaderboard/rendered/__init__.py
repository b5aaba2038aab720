"""The embedded benchmark, backbone and detector, fg-rendered, mini-clip, mini-owl: `python -m leaderboard.rendered`.

commands       build, clips, train-mini-clip, train-mini-owl, measure-…, contact-sheet (through __main__)
vocabulary     objects, colours, materials, patterns, transparencies
drawing        pictures from scenes
captions       captions and hard negatives from scenes
build          the benchmark's files
clips          drawn clips with verbs and roles, to adapt a backbone on
swaps          captions with attributes or roles exchanged (swaps_card.md is its card's template)
categories     what each thing is, of all categories (categories_card.md is its card's template)
derived        the files of both, from rows
card           the benchmark's card (data_card.md is its template)
contact_sheet  crops with what is drawn on them, on one picture
mini_clip      the backbone: model, training, measuring
mini_owl       the detector: model, training, measuring
data           the files that ship
"""

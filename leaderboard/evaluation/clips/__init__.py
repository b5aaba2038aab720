"""Clips of events in VidSitu's layout and a head go in, a record comes out.

items      a split's events, their captions and hard negatives, and all verbs
encoded    frames, events, clips and captions as embeddings
figures    retrieval of events and clips, and ranks among hard negatives and verbs
measured   a head's record
ablations  an adaptation without one of its parts, trained and measured
text_only  what the captions alone give away, as a record
"""

"""An adapter's folder: what `peft` writes, the contextualiser beside it, and a card, a history and a learning curve.

Where all of the image tower was trained, a backbone's files stand in place of `peft`'s.

files  what they are called, and whether a folder may be replaced
card   what the adapter is, in words (card.md is the template, card_full.md that of a whole backbone)
curve  the learning curve
made   what a folder says of how it was made
push   to the Hub, in one commit
alpha  the same adapter at another alpha
"""

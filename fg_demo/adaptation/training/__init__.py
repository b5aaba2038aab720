"""An adaptation from data to a folder; it can be stopped and gone on with to the bit.

sets        what is trained on, and what epochs are chosen by
model       what is trained: the backbone with LoRA, and the contextualiser
processes   several that train one together
frozen      what frozen towers make of captions and frames, encoded once
losses      events and clips against their captions and hard negatives
batches     what each step takes, read ahead
judge       how good an adaptation is on validation data
train       the epochs
checkpoint  the state between epochs, in a file
save        the folder, written
run         one training into a folder
alphas      an adapter measured at several alphas
bars        progress on a terminal
"""

"""Embeddings go in, a head's folder comes out.

recipe          settings of both stages; the paper's are the default
losses          hard negatives, captions
data            what is read from Candidates and Pairs files
steps           batches of an epoch
fit             the two stages
checkpoint      the state between epochs, resumable to the bit
run             one training into a folder
seeds           the same with several seeds
calibration     temperature scaling; a head of means saved with it
learning_curve  the chart of a history
margins.sh      compares margins
"""

"""Samples go in, Candidates and Pairs come out; each crop and caption is encoded once, ever.

embed     crops and captions through a backbone and the store
crops     regions cut out and made ready for the encoder
parts     a run's work in parts
claims    which part is whose, of several processes
batches   how much is encoded at a time
store     embeddings by digest, in memory and on disk
alike     captions that a backbone reads alike
shards    its files, which any number of processes may write
prefetch  threads that decode ahead
progress  progress bars
"""

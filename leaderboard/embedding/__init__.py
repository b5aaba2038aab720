"""Samples go in, Candidates and Pairs come out; each crop and caption is encoded once, ever.

embed        crops and captions through a backbone and the store
sharing      a run's work in parts, whose is which, and what machines share
engine       who cuts and encodes: threads of this process, or others
ray_encoder  workers of Ray that do it, on any number of machines
ray_worker   what runs in each of them
ray_cluster  Ray and its workers, begun and ended
crops        regions cut out and made ready for the encoder
batches      how much is cut and encoded at a time
store        embeddings by digest, in memory and on disk
alike        captions that a backbone reads alike
shards       its files, which any number of processes may write
prefetch     threads that decode ahead
progress     progress bars
"""

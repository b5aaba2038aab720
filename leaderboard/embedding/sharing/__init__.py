"""A run's work and its embeddings go in; who does which part of it, and what machines tell each other, come out.

parts     a run's work in parts, and a machine's share of them
claims    which part is whose, of several processes with one disk
exchange  shards that machines share through a store of objects
"""

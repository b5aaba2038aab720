"""A pipeline goes in, the steps of its stages come out, as data.

training_steps   data, embeddings, heads
adapting_steps   adapters of the backbone, and what they measure
measuring_steps  records of heads and detectors, tables, repositories
"""

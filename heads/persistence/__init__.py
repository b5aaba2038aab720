"""A head's folder: config.json, model.safetensors, README.md. Heads go in, folders come out, and back.

config    config.json, checked field by field
folder    save, load, replace a folder as a whole
card      the model card (card.md is its template)
scores    what a record says of a head, for its card
revision  the content hash that identifies a head
"""

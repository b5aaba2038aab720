"""Backbones and heads as the page and the benchmark use them. Pixels and words go in, embeddings come out.

backbone         Backbone, the protocol
detectors        open-vocabulary detectors: load_detector
clip             CLIP-like models through transformers: load_backbone
pretrained       where a model's files are, at which revision; loaded whole
dense            regions by patch features of the whole image, pooled by RoIAlign
families         what differs between families of such models
adapter          LoRA adapters: read with care, added to a backbone's weights
device           CPU, GPU or ZeroGPU, and the precision
patches          what a vision transformer says of each patch of an image
cached           a backbone that remembers texts and crops, within bounds
preprocessing    pixels for a model, a thin image at the cost of a square one
mini_clip_words  the words that mini-clip has learned
registry         the backbones and heads a page offers
once             things made once, on demand, by many threads
released         the paper authors' heads as a page offers them
"""

"""mini-clip and rendered scenes go in, the embedded OwlViTForObjectDetection comes out, and what it measures.

model    the towers of mini-clip in OWL-ViT's form, its tokenizer and its image processor
scenes   scenes to train on: views, boxes and captions of the objects
losses   which patch answers for which object, and what a wrong box or class costs
train    the recipe as data, and the training that follows it
measure  the figures of its card (mini_owl_card.md is the template)
"""

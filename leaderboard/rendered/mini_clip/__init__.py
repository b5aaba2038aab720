"""Scenes go in, the embedded CLIPModel comes out, and what it measures.

model         architecture and tokenizer
recipe        the rounds of training
train         the training itself
pictures      crops and views to train on
augmentation  how they are varied
image_labels  what the image tower is taught
caption_bank  captions to train the text tower on
clip_words    the words of drawn clips, learned last
probes        what linear probes find in the embeddings
measure       the figures of its card (mini_clip_card.md is the template)
"""

"""FiGCLIP: clips or regions with captions go in, a LoRA adapter of CLIP's image tower comes out.

events          verbs and semantic roles, typed
captions        captions of them, from templates
negatives       verbs and their role names replaced
vidsitu         VidSitu's annotation files
data            what is trained on: clips of events, or regions alone
settings        what decides a training; the published values are the default
lora            LoRA on the image tower, through peft
full            all of the image tower trained, for an ablation
contextualiser  a transformer over a clip's frames, for training alone
history         how good each epoch was
folder          the adapter's folder: files, card, learning curve
training        epochs, from data to a folder
"""

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
losses          events and clips against their captions and hard negatives
train           epochs, and how good each is
checkpoint      the state between epochs, resumable to the bit
folder          the adapter's folder (card.md is the template of its card, card_full.md that of a whole backbone's)
run             one training into a folder
reproduce.sh    the embedded backbone on drawn clips and regions, measured beside the backbone alone
"""

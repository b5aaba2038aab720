#!/bin/sh
# Every shipped head and its record, from nothing but seeds. Run it through `make heads`.
set -e
work="${FG_CACHE:-$HOME/.cache/reprojection-heads}/reproduce"

python -m leaderboard.rendered build --split train
for split in train validation; do
	python -m leaderboard embed --backbone mini-clip --benchmark fg-rendered --split $split --subsets hard \
		--output "$work/$split"
done

train() {
	python -m heads train --kind linear --sides both \
		--pairs "$work/train/captions.safetensors" --hard "$work/train/hard.safetensors" \
		--validation "$work/validation/hard.safetensors" \
		--validation-pairs "$work/validation/captions.safetensors" \
		--warm-up-learning-rate 1e-3 --warm-up-epochs 8 --hard-learning-rate 1e-3 --hard-epochs 20 "$@"
}

# The paper's two stages; rates and margins chosen on the validation split for these small embeddings.
train --warm-up-margin 0.2 --hard-margin 0.05 --output heads/pretrained/linear-mini-clip

# The same head with the caption loss kept beside the hard negatives, which saves coarse retrieval.
train --warm-up-loss infonce --hard-margin 0.1 --caption-weight 0.05 \
	--output heads/pretrained/linear-captions-mini-clip

for head in cosine linear-mini-clip linear-captions-mini-clip; do
	python -m leaderboard evaluate --backbone mini-clip --head $head --benchmark fg-rendered
done

#!/bin/sh
# Every shipped head and its record, from nothing but seeds. Run it through `make heads`.
set -e
work="${FG_CACHE:-$HOME/.cache/reprojection-heads}/reproduce"

python -m leaderboard.rendered build --split train
for split in train validation; do
	python -m leaderboard embed --backbone mini-clip --benchmark fg-rendered --split $split --subsets hard \
		--output "$work/$split"
done

python -m heads train --kind linear --sides both \
	--pairs "$work/train/captions.safetensors" --hard "$work/train/hard.safetensors" \
	--validation "$work/validation/hard.safetensors" --validation-pairs "$work/validation/captions.safetensors" \
	--output heads/pretrained/linear-mini-clip

python -m leaderboard evaluate --backbone mini-clip --head cosine --benchmark fg-rendered
python -m leaderboard evaluate --backbone mini-clip --head linear-mini-clip --benchmark fg-rendered

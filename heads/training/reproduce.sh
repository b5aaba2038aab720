#!/bin/sh
# Every shipped head and its record, from nothing but seeds: `make heads`, under half an hour on two cores.
# It stops at the first failure; started again, it goes on where it stopped.
set -eu
cd "$(dirname "$0")/../.."
cache="${FG_CACHE:-$HOME/.cache/reprojection-heads}"
embeddings="$cache/reproduce"
made=build/heads

step() { printf '\n== %s\n' "$*"; }

# The training split is drawn anew only when what draws it has changed.
drawn="$cache/fg-rendered/objects/train.parquet"
if [ ! -e "$drawn" ] || [ -n "$(find leaderboard/rendered -name '*.py' ! -path '*mini_clip*' -newer "$drawn")" ]; then
	step draw the training split
	python -m leaderboard.rendered build --split train
fi
for split in train validation; do
	step embed "$split"
	python -m leaderboard embed --backbone mini-clip --benchmark fg-rendered --split $split --subsets hard --swaps --values \
		--output "$embeddings/$split"
done

# Heads of other embeddings, settings or training code are made anew.
code="heads/candidates.py heads/head.py heads/kinds/*.py heads/scoring.py heads/ties.py heads/training/fit.py
	heads/training/losses.py heads/training/recipe.py heads/training/steps.py"
made_from=$(cat $code heads/training/reproduce.sh "$embeddings"/*/*.safetensors | cksum)
if [ "$(cat $made/made-from 2>/dev/null)" != "$made_from" ]; then
	rm -rf $made && mkdir -p $made && echo "$made_from" >$made/made-from
fi

# train NAME FLAG...: seeds 123, 124 and 125 of a head.
train() {
	name=$1 && shift
	step train "$name"
	python -m heads train --resume --seeds 3 --output $made/$name \
		--pairs "$embeddings/train/captions.safetensors" --hard "$embeddings/train/hard.safetensors" \
		--validation "$embeddings/validation/hard.safetensors" \
		--validation-pairs "$embeddings/validation/captions.safetensors" "$@"
}

# train_twice NAME FLAG...: the same after both stages; the heads between them go to NAME-warm-up.
train_twice() {
	train "$@" --warm-up-output $made/$1-warm-up
}

# ship NAME: the head of the first seed, under its own name.
ship() {
	folder=heads/pretrained/$1-mini-clip
	rm -rf $folder && cp -R $made/$1/seed-123 $folder
	sed "s/seed-123/$1-mini-clip/g" $made/$1/seed-123/README.md >$folder/README.md
}

evaluate() {
	step evaluate "$@"
	python -m leaderboard evaluate --backbone mini-clip --benchmark fg-rendered --head "$@"
}

# The paper's five heads, each after both of its stages, by the paper's recipe but for two settings. Its rates are
# twentyfold, for embeddings this small: at a hundredfold, the second stage gains 0.2 of a rank and loses
# most of coarse retrieval. And its margins are taken for cosines, as heads/training/margins.sh measures. Both were chosen on the
# validation split, with the linear head, and serve all kinds.
set -- --warm-up-learning-rate 1e-3 --warm-up-margin 0.2 --hard-learning-rate 2e-4 --hard-margin 0.05
train_twice linear --kind linear --sides both "$@"
train_twice linear-image --kind linear --sides image "$@"
train_twice linear-text --kind linear --sides text "$@"
train_twice mlp --kind mlp "$@"
train_twice attention --kind attention "$@"

# One more: the linear head with the caption loss kept beside the hard negatives, which saves coarse retrieval.
train_twice linear-captions --kind linear --sides both --warm-up-loss infonce --warm-up-learning-rate 1e-3 \
	--hard-learning-rate 1e-3 --hard-epochs 20 --hard-margin 0.1 --caption-weight 0.05

# And the blend of the frozen cosine and a branch, in one stage: it is to be as good as cosine in coarse retrieval, which
# the captions and the distillation see to. Chosen on the validation split and on scenes kept from the training split.
train blend --kind blend --warm-up-epochs 0 --warm-up-loss infonce --warm-up-scale 40 --caption-weight 0.3 \
	--distillation 4 --hard-loss cross-entropy --hard-scale 40 --hard-learning-rate 1e-3 --hard-schedule cosine

# A soft AND over three readings of the caption (SRA-Det), in the blend's one stage without its distillation. The
# temperature was chosen on the validation split.
train facets --kind facets --set temperature=0.02 --warm-up-epochs 0 --warm-up-loss infonce --warm-up-scale 40 \
	--caption-weight 0.3 --hard-loss cross-entropy --hard-scale 40 --hard-learning-rate 1e-3 --hard-schedule cosine

# A matrix on the caption's side, learnt from captions with two of their attributes exchanged (LABCLIP); the captions of
# whole scenes beside them keep coarse retrieval, at 0.05 of a rank on the validation split.
train labclip --kind text-matrix --hard "$embeddings/train/swaps.safetensors" --hard-loss contrastive --hard-scale 50 \
	--hard-learning-rate 1e-3 --warm-up-epochs 0 --warm-up-loss infonce --warm-up-scale 40 --caption-weight 0.3

# Nothing is trained: captions moved towards what the attributes that they name look like ("Seeing Is Not Addressing"),
# and the cosine without the mean image and the mean caption.
step ground
python -m heads ground --values "$embeddings/train/values.safetensors" \
	--validation "$embeddings/validation/hard.safetensors" --output heads/pretrained/grounded-mini-clip
step centre
python -m heads centre --pairs "$embeddings/train/captions.safetensors" \
	--validation "$embeddings/validation/hard.safetensors" --output heads/pretrained/centred-mini-clip

evaluate cosine
evaluate centred-mini-clip
evaluate grounded-mini-clip
for head in linear linear-image linear-text mlp attention linear-captions blend facets labclip; do
	ship $head
	evaluate $head-mini-clip --seed-heads $made/$head
done
for head in linear linear-image linear-text mlp attention; do
	ship $head-warm-up
	evaluate $head-warm-up-mini-clip --seed-heads $made/$head-warm-up
done

# What there is to gain without looking: word n-grams, fitted on the validation split; and the weights of the test
# split's items under which they are at chance.
step text only
python -m leaderboard text-only --benchmark fg-rendered --fitted-on validation
python -m leaderboard balance --benchmark fg-rendered --fitted-on validation

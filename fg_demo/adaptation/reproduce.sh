#!/bin/sh
# An adapter of mini-clip on the rendered regions, from three seeds, and what it measures beside the backbone alone.
#
# The image-only reduction of FiGCLIP: one event, one frame. Each seed's adapter is judged on validation while it trains;
# test is looked at once, at the end. Interrupted, it goes on where it stopped.
set -eu
output=${1:-build/adapters}
python -m leaderboard export-regions --split train --captions 1 --output "$output/train"
python -m leaderboard export-regions --split validation --subsets hard --captions 1 --output "$output/validation"
for seed in 123 124 125; do
    test -f "$output/figclip-$seed/adapter_config.json" && continue
    python -m fg_demo adapt --output "$output/figclip-$seed" --seed "$seed" --resume \
        --regions "$output/train/regions.csv" --validation-regions "$output/validation/regions.csv"
done
for seed in 123 124 125; do
    python -m leaderboard evaluate --head cosine --adapter "$output/figclip-$seed" --results "$output/results"
done
python -m leaderboard table --results "$output/results"

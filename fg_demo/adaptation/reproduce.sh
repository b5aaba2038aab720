#!/bin/sh
# An adapter of mini-clip on drawn clips with regions beside them, from some seeds, and what it measures beside the
# backbone alone: on the benchmark's regions and on clips.
#
# One region in two, and 300 clips: 60 steps an epoch. 60 clips choose the epoch, others are measured; the test
# split of the regions is looked at once, at the end. Interrupted, it goes on where it stopped.
set -eu
output=${1:-build/adapters}
seeds=${2:-123}
python -m leaderboard export-regions --split train --subsets hard --captions 1 --output "$output/train"
awk 'NR == 1 || NR % 2 == 0' "$output/train/regions.csv" > "$output/train/some.csv"
python -m leaderboard.rendered clips --split train --clips 300 --output "$output/clips"
python -m leaderboard.rendered clips --split valid --clips 60 --output "$output/clips"
for seed in $seeds; do
    test -f "$output/figclip-mini-clip-$seed/adapter_config.json" && continue
    python -m fg_demo adapt --output "$output/figclip-mini-clip-$seed" --seed "$seed" --resume \
        --vidsitu "$output/clips" --frames "$output/clips/frames" --regions "$output/train/some.csv" \
        --targets q_proj,k_proj,v_proj,visual_projection --rank 64 --alpha 64 \
        --learning-rate 2e-3 --schedule cosine --batch 5 --region-batch 128 --epochs 4 --precision mixed
done
python -m leaderboard.rendered clips --split train --clips 300 --output "$output/measured/fg-rendered-clips"
python -m leaderboard.rendered clips --split valid --skip 60 --clips 160 --output "$output/measured/fg-rendered-clips"
python -m leaderboard evaluate-clips --clips "$output/measured/fg-rendered-clips" --captions short --results "$output/results"
for seed in $seeds; do
    adapter="$output/figclip-mini-clip-$seed"
    python -m leaderboard evaluate --head cosine --adapter "$adapter" --results "$output/results"
    python -m leaderboard evaluate-clips --clips "$output/measured/fg-rendered-clips" --captions short --adapter "$adapter" \
        --results "$output/results"
done
python -m leaderboard table --results "$output/results"

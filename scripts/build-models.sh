#!/usr/bin/env bash
# Rebuilds data/models from nothing: about two hours on two cores. Wall times decide how long each model trains, so
# a rebuilt model is as good as the shipped one, not equal to it.
set -euo pipefail
cd "$(dirname "$0")/.."
python=.venv/bin/python
pretrain="$python -m espalier_torch.pretrain"
mkdir -p build

npx tsx scripts/render-scenes.ts --count 120000 --seed 1 --out build/scenes-train.arrow
npx tsx scripts/render-scenes.ts --count 3000 --seed 2 --out build/scenes-held.arrow
$pretrain.train_tokenizer --scenes build/scenes-train.arrow --out data/models/scenes-tokenizer --seconds 330
for part in train held; do
  $pretrain.tokenise --scenes build/scenes-$part.arrow --tokenizer data/models/scenes-tokenizer \
    --out build/scenes-$part.safetensors
done
$pretrain.train_generator --scenes build/scenes-train.safetensors --held build/scenes-held.safetensors \
  --tokenizer data/models/scenes-tokenizer --out data/models/scenes-base --seconds 3300 --wrong 0.5 --compile
$pretrain.train_judge --scenes build/scenes-train.safetensors --generator data/models/scenes-base \
  --out data/models/scenes-judge-zero-shot --seconds 330 --compile
npx tsx scripts/label-generations.ts --prompts data/prompts/train.jsonl --images 8 --per-task 200 --seed 11 \
  --out build/labelled.arrow
$pretrain.train_judge --scenes build/scenes-train.safetensors --generator data/models/scenes-base \
  --start data/models/scenes-judge-zero-shot --labelled build/labelled.arrow \
  --out data/models/scenes-judge-fine-tuned --seconds 330 --compile
npx tsx scripts/label-generations.ts --prompts data/prompts/held-out.jsonl --images 8 --per-task 80 --seed 12 \
  --out build/held-labelled.arrow
$pretrain.measure --labelled build/held-labelled.arrow --generator data/models/scenes-base \
  --judge data/models/scenes-judge-zero-shot --judge data/models/scenes-judge-fine-tuned | tee data/models/measured.json
npx tsx scripts/label-generations.ts --prompts data/prompts/train.jsonl --images 8 --per-task 250 --seed 21 \
  --out build/images.arrow
npx tsx scripts/correction-groups.ts --labelled build/images.arrow --out build/corrections.arrow
$pretrain.train_correction --generator data/models/scenes-base --corrections build/corrections.arrow \
  --images build/images.arrow --out data/models/scenes-self-correct --threads 2
npx tsx scripts/measure-correction.ts --prompts data/prompts/held-out.jsonl | tee data/models/scenes-self-correct/measured.json

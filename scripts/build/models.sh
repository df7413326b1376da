#!/usr/bin/env bash
# Rebuilds data/models from nothing, by the recipes in scripts/build/recipes. What is counted is samples, not time: on one machine the
# result is the same however often it was stopped. The trainings go on where they stopped when this is run again.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=.venv/bin/python
pretrain="$python -m espalier_torch.pretrain"
mkdir -p build

scenes() { # NAME COUNT SEED PROMPTS
  npx tsx scripts/build/render-scenes.ts --count "$2" --seed "$3" --prompts "$4" --out "build/scenes-$1.arrow"
}
tokens() { # NAME
  $pretrain.tokenise --scenes "build/scenes-$1.arrow" --tokenizer data/models/scenes-tokenizer \
    --out "build/scenes-$1.tokens.arrow"
}
scenes train 320000 1 training
scenes validation 6000 2 validation
scenes evaluation 12000 4 evaluation
$pretrain.train_tokenizer --scenes build/scenes-train.arrow --out data/models/scenes-tokenizer --seconds 330
for part in train validation evaluation; do tokens $part; done
rm build/scenes-train.arrow # 4 GB; its tokens are 25 MB

# The generator, first what it knows and then how often it follows it, and the judge that never saw a generated image.
bash scripts/build/pretrain.sh

npx tsx scripts/build/label-generations.ts --prompts data/prompts/train.jsonl --images 8 --per-task 250 --seed 21 \
  --out build/images.arrow
npx tsx scripts/build/judge-images.ts --labelled build/images.arrow --out build/judge-images.arrow
rm -rf build/judge
# Eight prompts of each task, eight paths of each: potential is compared within a prompt.
head -48 data/prompts/held-out.jsonl > build/held-out-48.jsonl
node bin/espalier.js judge data --per-task 160 --held-out build/held-out-48.jsonl --held-out-per-task 64 \
  --workspace build/judge
$pretrain.train --recipe scripts/build/recipes/scenes-judge-fine-tuned.json --out data/models/scenes-judge-fine-tuned \
  --work build/scenes-judge-fine-tuned.work

npx tsx scripts/build/label-generations.ts --prompts data/prompts/held-out.jsonl --images 8 --per-task 80 --seed 12 \
  --out build/held-labelled.arrow
judges="--judge data/models/scenes-judge-zero-shot --judge data/models/scenes-judge-fine-tuned"
$pretrain.measure --labelled build/held-labelled.arrow --generator data/models/scenes-base $judges |
  tee data/models/measured.json
$pretrain.falsehoods --scenes build/scenes-evaluation.tokens.arrow --generator data/models/scenes-base $judges |
  tee data/models/measured-falsehoods.json
npx tsx scripts/studies/parm-thresholds.ts --out docs/results/parm-thresholds.json
npx tsx scripts/studies/judge-results.ts --workspace build/judge

npx tsx scripts/build/correction-groups.ts --labelled build/images.arrow --out build/corrections.arrow
$pretrain.train_correction --generator data/models/scenes-base --corrections build/corrections.arrow \
  --images build/images.arrow --out data/models/scenes-self-correct --steps 1200 --threads 2
npx tsx scripts/build/measure-correction.ts --prompts data/prompts/held-out.jsonl | tee data/models/scenes-self-correct/measured.json

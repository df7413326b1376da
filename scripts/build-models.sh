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

# Judges of every question: first the outcome alone, then everything (docs/decisions/0009-judges.md).
train_judge() { # NAME STEPS BATCH RATE SEED SAMPLES...
  local name=$1 steps=$2 batch=$3 rate=$4 seed=$5 samples
  shift 5
  samples=$(printf '"%s",' "$@")
  rm -rf "data/models/$name"
  echo '{"request":"train-judge","samples":['"${samples%,}"'],"generator":"data/models/scenes-base",' \
    '"start":"build/outcome/'"$name"'","out":"data/models/'"$name"'","work":"build/'"$name"'.work",' \
    '"steps":'"$steps"',"batch":'"$batch"',"learning_rate":'"$rate"',"seed":'"$seed"',"threads":1}' |
    $python -m espalier_torch.worker
}
$pretrain.train_judge --scenes build/scenes-train.safetensors --generator data/models/scenes-base \
  --out build/outcome/scenes-judge-zero-shot --seconds 330 --compile
npx tsx scripts/judge-scenes.ts --count 12000 --seed 3 --out build/judge-scenes.arrow
train_judge scenes-judge-zero-shot 130 128 0.0008 1 build/judge-scenes.arrow

npx tsx scripts/label-generations.ts --prompts data/prompts/train.jsonl --images 8 --per-task 200 --seed 11 \
  --out build/labelled.arrow
$pretrain.train_judge --scenes build/scenes-train.safetensors --generator data/models/scenes-base \
  --start build/outcome/scenes-judge-zero-shot --labelled build/labelled.arrow \
  --out build/outcome/scenes-judge-fine-tuned --seconds 330 --compile
npx tsx scripts/label-generations.ts --prompts data/prompts/train.jsonl --images 8 --per-task 250 --seed 21 \
  --out build/images.arrow
npx tsx scripts/judge-images.ts --labelled build/images.arrow --out build/judge-images.arrow
rm -rf build/judge
# Eight prompts of each task, eight paths of each: potential is compared within a prompt.
head -48 data/prompts/held-out.jsonl > build/held-out-48.jsonl
node bin/espalier.js judge data --per-task 160 --held-out build/held-out-48.jsonl --held-out-per-task 64 \
  --workspace build/judge
train_judge scenes-judge-fine-tuned 160 96 0.0006 2 build/judge/arrow/judge-samples-*/*.arrow build/judge-images.arrow

npx tsx scripts/label-generations.ts --prompts data/prompts/held-out.jsonl --images 8 --per-task 80 --seed 12 \
  --out build/held-labelled.arrow
$pretrain.measure --labelled build/held-labelled.arrow --generator data/models/scenes-base \
  --judge build/outcome/scenes-judge-zero-shot --judge build/outcome/scenes-judge-fine-tuned | tee data/models/measured.json
npx tsx scripts/label-generations.ts --prompts data/prompts/held-out.jsonl --images 8 --per-task 48 --seed 12 \
  --out build/held-few.arrow
$pretrain.measure --judges-only --labelled build/held-few.arrow --generator data/models/scenes-base \
  --judge build/outcome/scenes-judge-zero-shot --judge data/models/scenes-judge-zero-shot \
  --judge build/outcome/scenes-judge-fine-tuned --judge data/models/scenes-judge-fine-tuned |
  tee data/models/measured-judges.json
npx tsx scripts/parm-thresholds.ts --out docs/results/parm-thresholds.json
npx tsx scripts/judge-results.ts --workspace build/judge

npx tsx scripts/correction-groups.ts --labelled build/images.arrow --out build/corrections.arrow
$pretrain.train_correction --generator data/models/scenes-base --corrections build/corrections.arrow \
  --images build/images.arrow --out data/models/scenes-self-correct --steps 1200 --threads 2
npx tsx scripts/measure-correction.ts --prompts data/prompts/held-out.jsonl | tee data/models/scenes-self-correct/measured.json

#!/usr/bin/env bash
# Trains the bundled generator and the zero-shot judge by their recipes, on scenes that are tokenised already:
# `bash scripts/build/pretrain.sh` on a CPU, `bash scripts/build/pretrain.sh --device cuda` on a GPU. Stops at Ctrl-C and goes on when run again.
set -euo pipefail
cd "$(dirname "$0")/../.."
python=${PYTHON:-.venv/bin/python}
train() { # RECIPE OUT FLAGS...
  local recipe=$1 out=$2
  shift 2
  $python -m espalier_torch.pretrain.train --recipe "scripts/build/recipes/$recipe.json" --out "$out" --work "build/$recipe.work" --compile "$@"
}
mkdir -p build
train scenes-base-knowing build/scenes-base-knowing "$@"
train scenes-base data/models/scenes-base "$@"
train scenes-judge-zero-shot data/models/scenes-judge-zero-shot "$@"
# The same in raster order: a generator whose likelihood is exact (docs/models.md says how pipelines name it).
train scenes-next-token-knowing build/scenes-next-token-knowing "$@"
train scenes-next-token data/models/scenes-next-token "$@"

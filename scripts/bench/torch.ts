/**
 * Images per second of batched Show-o paths and verdicts against a loop that does what the paper's released code does, and the
 * share of the machine's matrix speed that generation reaches. Random weights: small ones on a CPU, the true sizes where
 * CUDA is present. The last line is one JSON object; `--help` explains it and lists the flags.
 *
 * `--family janus-pro` measures paths of a next-token generator against transformers' `generate`, and the share of the memory's
 * bandwidth, which decoding is bound by.
 *
 *   npm run bench:torch -- [--family show-o|janus-pro] [--size small|full] [--device cpu|cuda] [--slots N] [--compile MODE]
 */
import "../explain-faults.js";
import { runModule } from "./python-module.js";

runModule("espalier_torch.benchmark");

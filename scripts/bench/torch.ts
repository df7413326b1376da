/**
 * Images per second of batched Show-o paths and verdicts against a loop that does what the paper's released code does, and the
 * share of the machine's matrix speed that generation reaches. Random weights: small ones on a CPU, the true sizes where
 * CUDA is present. The last line is one JSON object; `--help` explains it and lists the flags.
 *
 *   npm run bench:torch -- [--size small|full] [--device cpu|cuda] [--slots N] [--compile MODE]
 */
import "../explain-faults.js";
import { spawnSync } from "node:child_process";
import { pythonCommand } from "../../src/adapters/python/index.js";
import { SetupError } from "../setup/run-command.js";

const command = ["-m", "espalier_torch.benchmark", ...process.argv.slice(2)];
const { status, error } = spawnSync(pythonCommand(), command, { stdio: "inherit" });
if (error) throw new SetupError(`Python could not be started: ${error.message}. Run node scripts/setup.js.`);
process.exitCode = status ?? 1;

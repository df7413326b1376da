import { copyFileSync, existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../../adapters/make-folder.js";
import { MachineError } from "../../errors.js";
import type { Means } from "../../machine/find-uv.js";
import { LAYOUT } from "../../machine/layout.js";
import { npmCommand } from "../../machine/npm-command.js";
import { findOnnxRuntime } from "../../machine/onnx-runtime.js";

/** Of onnxruntime-node: a folder for each system and processor. */
const BINARIES = join("node_modules", "onnxruntime-node", "bin", "napi-v6");

/**
 * Fetches the ONNX runtime into the user's cache by the lock of the package, without its installer, and keeps of it what
 * this machine runs. Throws MachineError.
 */
export async function fetchOnnxRuntime({ run, say }: Means): Promise<void> {
  if (findOnnxRuntime() !== undefined) return say("ONNX runtime: up to date");
  say(`ONNX runtime (about 110 MB to fetch, 50 MB on disk): ${LAYOUT.onnxRuntime}`);
  const partial = `${LAYOUT.onnxRuntime}.partial`;
  rmSync(partial, { recursive: true, force: true });
  makeFolder(partial);
  for (const name of ["package.json", "package-lock.json"])
    copyFileSync(join(LAYOUT.onnxLock, name), join(partial, name));
  const [npm = "npm", ...first] = npmCommand();
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const code = await run(npm, [...first, "ci", ...quiet, "--prefix", partial]);
  if (code !== 0)
    throw new MachineError(
      `npm ci failed (exit code ${code}); its own message is above. Check the connection to the npm registry, then run npx espalier setup.`,
    );
  removeOthers(join(partial, BINARIES));
  rmSync(LAYOUT.onnxRuntime, { recursive: true, force: true });
  renameSync(partial, LAYOUT.onnxRuntime);
}

/** Four of its five builds are for other machines: 240 of 290 MB. */
function removeOthers(binaries: string): void {
  if (!existsSync(join(binaries, process.platform, process.arch))) return;
  for (const [folder, kept] of [
    [binaries, process.platform],
    [join(binaries, process.platform), process.arch],
  ] as const)
    for (const name of readdirSync(folder))
      if (name !== kept) rmSync(join(folder, name), { recursive: true });
}

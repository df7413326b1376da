import { existsSync } from "node:fs";
import { LineProcess } from "../../adapters/line-process.js";
import { probePython } from "../../adapters/python/index.js";
import { MachineError } from "../../errors.js";
import type { Means } from "../../machine/find-uv.js";
import { IS_CLONE, LAYOUT } from "../../machine/layout.js";
import { findOnnxRuntime } from "../../machine/onnx-runtime.js";
import { installPythonPackages, type Torch } from "../../machine/python-packages.js";
import { SetupError } from "../../machine/setup-error.js";
import { fetchOnnxRuntime } from "./fetch-onnx-runtime.js";

/** What work may need beside the package itself: the runtime of the bundled models, and PyTorch. */
export type Need = "onnx" | "python";

/** Those of `needs` that this machine lacks and set-up brings. A clone's own set-up has brought its own. */
export function lacking(needs: readonly Need[], environment: NodeJS.ProcessEnv = process.env): Need[] {
  if (IS_CLONE) return [];
  const isHere = {
    onnx: () => findOnnxRuntime() !== undefined,
    python: () => Boolean(environment["ESPALIER_PYTHON"]) || existsSync(LAYOUT.pythonStamp),
  };
  return needs.filter((need) => !isHere[need]());
}

export interface SetUpOptions {
  /** What the machine has unless given. */
  readonly torch?: Torch | null;
  /** Hears of every step, its size first, and what the programs print. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Brings what is needed and not there yet, into the user's cache. Throws MachineError with the cure. */
export async function setUp(needs: readonly Need[], options: SetUpOptions): Promise<void> {
  const means = meansOf(options);
  try {
    if (needs.includes("onnx")) await fetchOnnxRuntime(means);
    if (!needs.includes("python")) return;
    const named = process.env["ESPALIER_PYTHON"];
    if (named) {
      const { python, torch } = await probePython({ signal: options.signal });
      return options.say(`Python: ${named} (ESPALIER_PYTHON), ${python} with torch ${torch}`);
    }
    await installPythonPackages(means, options.torch ?? null);
  } catch (fault) {
    options.signal.throwIfAborted();
    if (fault instanceof SetupError) throw new MachineError(fault.message, { cause: fault });
    throw fault;
  }
}

function meansOf({ say, signal }: SetUpOptions): Means {
  const run = async (command: string, words: readonly string[]) => {
    signal.throwIfAborted();
    const child = new LineProcess([command, ...words], { tools: ["npm", "pip", "uv"], onProse: say });
    const stop = () => child.kill();
    signal.addEventListener("abort", stop, { once: true });
    child.endInput();
    for await (const line of child.lines) say(line);
    const { exitCode, originalMessage } = await child.ended();
    signal.removeEventListener("abort", stop);
    if (exitCode === undefined) say(`${command} did not start: ${originalMessage ?? "no reason given"}`);
    return exitCode ?? 1;
  };
  return { run, say };
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TrainerError } from "../../errors.js";

const PROJECT_ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/**
 * The Python that has espalier_torch: ESPALIER_PYTHON when it is set, else the project's own environment.
 * Throws TrainerError with the cure when there is none.
 */
export function pythonCommand(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  root: string = PROJECT_ROOT,
): string {
  const named = environment["ESPALIER_PYTHON"];
  if (named) {
    if (existsSync(named)) return named;
    throw new TrainerError(
      `ESPALIER_PYTHON names ${named}, but there is no such file. Name a Python 3.10 or newer with espalier_torch installed, or unset it.`,
    );
  }
  const folder = process.platform === "win32" ? ["Scripts", "python.exe"] : ["bin", "python"];
  const own = join(root, ".venv", ...folder);
  if (existsSync(own)) return own;
  throw new TrainerError(
    `No Python environment: expected ${own}. Run "npm start" once to set it up, or set ESPALIER_PYTHON to a Python with espalier_torch installed.`,
  );
}

/** The command that starts a worker: program first, then its arguments. */
export function workerCommand(): readonly string[] {
  return [pythonCommand(), "-m", "espalier_torch.worker"];
}

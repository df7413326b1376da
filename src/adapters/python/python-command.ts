import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TrainerError } from "../../errors.js";
import { IS_CLONE, LAYOUT, ROOT } from "../../machine/layout.js";

const CURE = IS_CLONE ? 'Run "npm start" once to set it up' : "Run npx espalier setup, which makes it";

/**
 * The Python that has espalier_torch: ESPALIER_PYTHON when it is set, else this program's own environment.
 * Throws TrainerError with the cure when there is none.
 */
export function pythonCommand(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  own: string = LAYOUT.python,
): string {
  const named = environment["ESPALIER_PYTHON"];
  if (named) {
    if (existsSync(named)) return named;
    throw new TrainerError(
      `ESPALIER_PYTHON names ${named}, but there is no such file. Name a Python 3.10 or newer with espalier_torch installed, or unset it.`,
    );
  }
  if (existsSync(own)) return own;
  throw new TrainerError(
    `No Python environment: expected ${own}. ${CURE}, or set ESPALIER_PYTHON to a Python with espalier_torch installed.`,
  );
}

/** The command that starts a worker: program first, then its arguments. */
export function workerCommand(): readonly string[] {
  return [pythonCommand(), "-m", "espalier_torch.worker"];
}

/**
 * What every worker is told: the protocol that is spoken here, which another version refuses; and, in the environment of
 * an installed package, where espalier_torch lies.
 */
export function workerEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Record<string, string> {
  const isBeside = !IS_CLONE && !environment["ESPALIER_PYTHON"];
  return {
    ESPALIER_PROTOCOL: `${version()} ${protocol()}`,
    ...(isBeside ? { PYTHONPATH: LAYOUT.pythonProject } : {}),
  };
}

function protocol(): string {
  const schema = join(LAYOUT.pythonProject, "espalier_torch", "protocol", "schema.json");
  return createHash("sha256").update(readFileSync(schema)).digest("hex");
}

function version(): string {
  return (JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { version: string }).version;
}

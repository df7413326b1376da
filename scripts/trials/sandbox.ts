import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, sep } from "node:path";
import { HOME } from "../../src/runner/locate-file.js";

/** A folder that is all a command is told of: its home, its temporary files and where it stands. */
export interface Sandbox {
  readonly root: string;
  /** The working folder. */
  readonly here: string;
  /** The default workspace, `here/workspace`. */
  readonly workspace: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes one. What tsx compiled is shared by all that have the same `cache`. */
export function openSandbox(cache: string, name = "trial"): Sandbox {
  const root = mkdtempSync(join(cache, `${name}-`));
  const [here, home] = [join(root, "here"), join(root, "home")];
  for (const folder of [here, home]) mkdirSync(folder);
  return { root, here, workspace: join(here, "workspace"), environment: environmentOf(home, cache) };
}

/** The folder of all sandboxes of a trial; it is their temporary folder as well. */
export function openCache(): string {
  return mkdtempSync(join(tmpdir(), "esp-trial-"));
}

export function forget(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function environmentOf(home: string, cache: string): Record<string, string> {
  const kept = ["PATH", "LANG", "ESPALIER_PYTHON", "ESPALIER_RAY_ADDRESS"];
  const own = kept.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []));
  const temporary = join(cache, "tmp");
  mkdirSync(temporary, { recursive: true });
  return {
    ...Object.fromEntries(own),
    HOME: home,
    TMPDIR: temporary,
    PYTHONPATH: join(HOME, "python"),
    HF_ENDPOINT: "http://127.0.0.1:9",
    RAY_USAGE_STATS_ENABLED: "0",
  };
}

/** What lies in a sandbox, by path below it: size and time of every file, "" of a folder, and where the temporary files are. */
export type Listing = ReadonlyMap<string, string>;

/** Everything below the sandbox and its temporary folder, the insides of `except` (absolute folders or files) left out. */
export function listingOf({ root, environment }: Sandbox, except: readonly string[]): Listing {
  const found = new Map<string, string>();
  const walk = (folder: string): void => {
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      // What tsx compiled lies there by design.
      if (except.some((one) => isBelow(path, one)) || /^(tsx-\d|node-compile-cache)/.test(entry.name))
        continue;
      found.set(relative(dirname(root), path), entry.isDirectory() ? "" : stampOf(path));
      if (entry.isDirectory()) walk(path);
    }
  };
  walk(root);
  walk(environment["TMPDIR"] ?? root);
  return found;
}

/** What is new, changed or gone, one line each. */
export function differences(before: Listing, after: Listing): string[] {
  const made = [...after].filter(([path, stamp]) => before.get(path) !== stamp);
  const gone = [...before.keys()].filter((path) => !after.has(path));
  return [
    ...made.map(([path]) => `${before.has(path) ? "changed" : "made"} ${path}`),
    ...gone.map((path) => `removed ${path}`),
  ];
}

export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function entriesOf(folder: string) {
  return existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
}

function stampOf(path: string): string {
  const { size, mtimeMs } = lstatSync(path, { throwIfNoEntry: false }) ?? { size: -1, mtimeMs: 0 };
  return `${size} ${mtimeMs}`;
}

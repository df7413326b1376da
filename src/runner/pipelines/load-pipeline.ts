import { existsSync, readdirSync } from "node:fs";
import { basename, extname, relative, resolve, sep } from "node:path";
import { importSource } from "../../adapters/import-source.js";
import { freezeConfig, type RunConfig } from "../../config/freeze-config.js";
import { nearestName } from "../../config/nearest-name.js";
import { ConfigError } from "../../errors.js";
import { LAYOUT } from "../../machine/layout.js";
import { expectFaultsOf } from "./pipeline-fault.js";

export interface LoadedPipeline {
  readonly config: RunConfig;
  /** As messages and the ledger name it: relative to the working directory where that is shorter. */
  readonly source: string;
}

const EXTENSIONS = [".ts", ".mts", ".js", ".mjs"];

/**
 * Loads a pipeline by file path, or by name from `folder` ("quickstart" is pipelines/quickstart.ts).
 * Throws ConfigError when there is none (with the nearest name), when it has no default export, or on wrong settings.
 */
export async function loadPipeline(
  nameOrPath: string,
  folder: string = LAYOUT.pipelines,
): Promise<LoadedPipeline> {
  const file = isPath(nameOrPath) ? fileAt(nameOrPath) : fileNamed(nameOrPath, folder);
  const source = shortest(file);
  expectFaultsOf(file, source);
  const module = await importSource(file, `Pipeline ${source}`);
  if (module.default === undefined) {
    throw new ConfigError(
      `Expected ${source} to have a default export made with definePipeline, got ` +
        `${Object.keys(module).join(", ") || "no export"}. Write "export default definePipeline({ … });".`,
    );
  }
  return { config: freezeConfig(plainCopy(module.default, source), source), source };
}

/** Names of the pipelines in `folder`, sorted. */
export function pipelineNames(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => EXTENSIONS.includes(extname(file)));
  return files.map((file) => basename(file, extname(file))).sort();
}

function isPath(nameOrPath: string): boolean {
  return EXTENSIONS.includes(extname(nameOrPath)) || /[/\\]/.test(nameOrPath);
}

function fileAt(path: string): string {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new ConfigError(`Pipeline file "${path}" does not exist (looked for ${file}).`);
  }
  return file;
}

function fileNamed(name: string, folder: string): string {
  const found = EXTENSIONS.map((extension) => resolve(folder, `${name}${extension}`)).find(existsSync);
  if (found !== undefined) return found;
  const known = pipelineNames(folder);
  const near = nearestName(name, known);
  throw new ConfigError(
    `Expected the name of a pipeline in ${folder} or the path of a file, got "${name}"` +
      (near ? `; did you mean "${near}"? Known: ${known.join(", ")}.` : "; the folder holds none."),
  );
}

/** The settings as plain data, read once: what a pipeline computes on the way is its author's to mend. */
function plainCopy(settings: unknown, source: string): unknown {
  try {
    return structuredClone(settings);
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, "");
    throw new ConfigError(
      `The settings of ${source} cannot be read: ${reason}. Expected numbers, texts, true, false, null, lists and objects.`,
      { cause },
    );
  }
}

function shortest(file: string): string {
  const near = relative(process.cwd(), file);
  return near.startsWith("..") ? file : near.split(sep).join("/");
}

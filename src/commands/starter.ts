import { cpSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { makeFolder } from "../adapters/make-folder.js";
import { isModuleFolder } from "../adapters/module-folder.js";
import { ConfigError } from "../errors.js";
import { LAYOUT } from "../machine/layout.js";
import type { Template } from "./templates.js";

const PACKAGE = `{ "private": true, "type": "module" }\n`;

/**
 * Writes the files of a template into `folder` and returns their paths, the pipeline first where it has one. A pipeline is
 * an ES module: where nothing says so yet, a package.json beside it does, or its name (pipeline.mts) if there is one
 * already. Throws ConfigError rather than overwrite anything.
 */
export function writeStarter(folder: string, template: Template = "bundled"): string[] {
  const source = join(LAYOUT.templates, template);
  const names = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((name) =>
    statSync(join(source, name)).isFile(),
  );
  const renamed = new Map(names.sort().map((name) => [name, pipelineName(folder, name)]));
  const isPackage = names.includes("pipeline.ts") && !isModuleFolder(folder) && !isDescribed(folder);
  const written = [...renamed.values(), ...(isPackage ? ["package.json"] : [])].map((name) =>
    join(folder, name),
  );
  for (const path of written) {
    if (!existsSync(path)) continue;
    throw new ConfigError(
      `${path} is there already and is not overwritten. Name another folder, or move it away.`,
    );
  }
  try {
    makeFolder(folder);
    for (const [from, to] of renamed) writeOne(join(source, from), join(folder, to), nameOf(resolve(folder)));
    if (isPackage) writeFileSync(join(folder, "package.json"), PACKAGE, { flag: "wx" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`Cannot write into ${folder}: ${reason}. Name a folder that can be written.`, {
      cause,
    });
  }
  return written;
}

/** A text gets the name of what is begun where it says NAME; a picture is copied as it is. */
function writeOne(from: string, to: string, name: string): void {
  makeFolder(dirname(to));
  if (from.endsWith(".png")) cpSync(from, to, { errorOnExist: true, force: false });
  else writeFileSync(to, readFileSync(from, "utf8").replace(/\bNAME\b/, name), { flag: "wx" });
}

function pipelineName(folder: string, name: string): string {
  return name === "pipeline.ts" && !isModuleFolder(folder) && isDescribed(folder) ? "pipeline.mts" : name;
}

function isDescribed(folder: string): boolean {
  return existsSync(join(folder, "package.json"));
}

/** A run's name from a folder's: lower-case letters, digits and dashes. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return name === "" ? "experiment" : name;
}

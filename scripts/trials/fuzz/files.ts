import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { HOME } from "../../../src/runner/locate-file.js";
import type { Chance } from "../random.js";
import type { FuzzMaker } from "./fuzz-case.js";
import { mutateBytes, mutateJson, oddText } from "./odd.js";

type Files = Record<string, string | Uint8Array>;

/** Preference files and folders of every layout, one of their files damaged or changed. */
export const imports: FuzzMaker = (chance, { sandbox, exports }, name) => {
  const path = chance.pick(Object.values(exports));
  const files = readBelow(join(sandbox.here, path), `${name}/${path}`);
  const target = chance.pick(Object.keys(files));
  if (chance.is(0.1)) delete files[target];
  else files[target] = changed(chance, target, Buffer.from(files[target] as Uint8Array));
  const words = chance.is(0.7)
    ? ["import", `${name}/${path}`, "--resize"]
    : ["data", `${name}/${path}`, "--samples", "0"];
  return { words, files };
};

/** Models whose checkpoint.json, or seldom another file, is not what was written. */
export const checkpoints: FuzzMaker = (chance, { ids }, name) => {
  const judge = chance.is(0.3);
  const model = judge ? "scenes-judge-fine-tuned" : chance.pick(["scenes-base", "scenes-self-correct"]);
  const files = readBelow(join(HOME, "data", "models", model), name);
  const record = `${name}/checkpoint.json`;
  const target = chance.is(0.85) ? record : chance.pick(Object.keys(files));
  files[target] = changed(chance, target, Buffer.from(files[target] as Uint8Array));
  const words = judge
    ? ["score", ids["candidates"] as string, "--judge", name]
    : ["evaluate", name, "--per-task", "1", "--limit", "1", "--pipeline", "./tiny.ts"];
  return { words, files };
};

function changed(chance: Chance, path: string, content: Buffer): string | Uint8Array {
  if (chance.is(0.7) && path.endsWith(".json")) {
    return JSON.stringify(mutateJson(chance, JSON.parse(content.toString())));
  }
  if (chance.is(0.7) && path.endsWith(".jsonl")) return changedLine(chance, content.toString());
  return mutateBytes(chance, content);
}

function changedLine(chance: Chance, text: string): string {
  const lines = text.trimEnd().split("\n");
  const at = chance.below(lines.length);
  lines[at] = chance.is(0.8)
    ? JSON.stringify(mutateJson(chance, JSON.parse(lines[at] as string)))
    : oddText(chance);
  return `${lines.join("\n")}\n`;
}

function readBelow(path: string, name: string): Files {
  if (statSync(path).isFile()) return { [name]: readFileSync(path) };
  const found = readdirSync(path, { recursive: true, encoding: "utf8" }).map((entry) => join(path, entry));
  const files = found.filter((file) => statSync(file).isFile());
  return Object.fromEntries(files.map((file) => [join(name, relative(path, file)), readFileSync(file)]));
}

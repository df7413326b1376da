import { existsSync, readFileSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";

/** Whether the nearest package.json says that files there are ES modules, as Node looks it up. */
export function isModuleFolder(folder: string): boolean {
  const place = resolve(folder);
  const description = join(place, "package.json");
  if (existsSync(description)) return /"type":\s*"module"/.test(readFileSync(description, "utf8"));
  return place !== dirname(place) && isModuleFolder(dirname(place));
}

/** The cure where Node may have taken a file for CommonJS, a sentence with a space before it; empty elsewhere. */
export function moduleCure(file: string): string {
  if (extname(file) !== ".ts" || isModuleFolder(dirname(file))) return "";
  return ' Node takes it for CommonJS: name the file .mts, or put a package.json with { "type": "module" } beside it.';
}

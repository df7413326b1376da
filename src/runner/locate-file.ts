import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ConfigError } from "../errors.js";
import { ROOT } from "../machine/layout.js";

/** Folder of the installed project: pipelines, data and python lie in it. */
export const HOME = ROOT;

/** A file that a setting names: from the working directory, else from the project. Throws ConfigError when it is in neither. */
export function locateFile(file: string, setting: string, home = HOME): string {
  const places = [resolve(file), join(home, file)];
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  const looked = [...new Set(places)].join(" and ");
  throw new ConfigError(
    `Expected "${setting}" to name a file, got "${file}": there is none at ${looked}. Check the name and the folder.`,
  );
}

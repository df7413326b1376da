import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { HubError } from "../errors.js";

/** Where released models are looked for. */
export interface ModelPlaces {
  /** Absolute folder of a model, by folder or by name on the Hub. Throws HubError when it cannot be had. */
  resolve(name: string): Promise<string>;
  /** Whether it is on this machine. */
  has(name: string): Promise<boolean>;
}

/** OWNER/NAME, or a folder of such a repository. */
export function isHubName(name: string): boolean {
  return /^\w[\w.-]*\/[\w.-]+(\/[\w.-]+)*$/.test(name) && !/^[a-z0-9-]+\/round-\d+$/.test(name);
}

export const MODEL_PLACES: ModelPlaces = {
  resolve: async (name) => {
    if (existsSync(name)) return resolve(name);
    throw new HubError(`No model at ${name}.`);
  },
  has: async (name) => existsSync(name),
};

import { homedir } from "node:os";
import { join } from "node:path";
import type { HubOptions } from "./hub.js";

/** What the variables of the Hub's own tools say. The token is read from here only, never from a flag: flags are logged. */
export interface HubEnvironment extends HubOptions {
  /** The cache that Python's huggingface_hub and transformers use too. */
  readonly cache: string;
  /** Whether nothing may be fetched. */
  readonly offline: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads HF_ENDPOINT, HF_TOKEN, HF_HUB_CACHE, HF_HOME, XDG_CACHE_HOME and HF_HUB_OFFLINE as huggingface_hub does. */
export function hubEnvironment(environment: Environment = process.env): HubEnvironment {
  const set = (name: string) => environment[name] || undefined;
  const home = set("HF_HOME") ?? join(set("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "huggingface");
  const isOn = (name: string) => ["1", "ON", "YES", "TRUE"].includes((set(name) ?? "").toUpperCase());
  return {
    url: set("HF_ENDPOINT") ?? "https://huggingface.co",
    token: set("HF_TOKEN"),
    cache: set("HF_HUB_CACHE") ?? set("HUGGINGFACE_HUB_CACHE") ?? join(home, "hub"),
    offline: isOn("HF_HUB_OFFLINE") || isOn("TRANSFORMERS_OFFLINE"),
  };
}

import type { HubOptions } from "../adapters/hub/index.js";

/** Where the Hub is and who asks, from the variables that its other tools read. The token is never a flag: flags are logged. */
export function hubOptions(environment: NodeJS.ProcessEnv = process.env): HubOptions {
  return {
    url: environment["HF_ENDPOINT"] || "https://huggingface.co",
    token: environment["HF_TOKEN"] || undefined,
  };
}

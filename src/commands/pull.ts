import { hubEnvironment } from "../adapters/hub/environment.js";
import { defineCommand, text } from "./command.js";
import { kindOf } from "./push.js";

export const pull = defineCommand({
  name: "pull",
  summary: "fetch what was pushed to the Hub into a folder, every file checked against its hash",
  examples: [
    "espalier pull checkpoint ann/stars-dpo stars-dpo",
    "espalier pull pairs ann/red-stars red-stars",
  ],
  positionals: [
    { name: "kind", describe: "pairs, checkpoint or report", required: true },
    { name: "repository", describe: "OWNER/NAME on the Hub", required: true },
    { name: "folder", describe: "where the files go", required: true },
  ],
  flags: { revision: text("branch, tag or commit", "revision", "main") },
  resumable: true,
  async run([kind = "", repository = "", folder = ""], { revision }, { signal, progress }) {
    const { pull } = await import("../runner/push-and-pull.js");
    const onWait = (text: string) => progress.note(text);
    const onFile = (path: string, state: string) => progress.note(`${state.padEnd(10)}${path}`);
    const request = { kind: kindOf(kind), repository, folder, revision };
    const { manifest, fetched, unchanged } = await pull(request, {
      hub: hubEnvironment(),
      signal,
      onFile,
      onWait,
    });
    const data = { folder, kind: manifest.kind, provenance: manifest.provenance, fetched, unchanged };
    return { data, text: `${folder}: ${fetched} files fetched, ${unchanged} there already` };
  },
});

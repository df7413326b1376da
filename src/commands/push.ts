import { hubEnvironment } from "../adapters/hub/environment.js";
import { ConfigError } from "../errors.js";
import { BUNDLE_KINDS, type BundleKind } from "../records/bundle.js";
import { defineCommand, text, toggle } from "./command.js";

export const push = defineCommand({
  name: "push",
  summary: "bring a pair set, a checkpoint or a report to the Hugging Face Hub",
  examples: [
    "HF_TOKEN=... espalier push pairs 77ab02 ann/red-stars",
    "espalier push checkpoint round-2 ann/stars-dpo --license apache-2.0",
    "espalier push report quickstart ann/stars-report --public",
  ],
  positionals: [
    { name: "kind", describe: "pairs, checkpoint or report", required: true },
    {
      name: "what",
      describe: "id of a pairs stage, id or name of a checkpoint, or name of a run",
      required: true,
    },
    { name: "repository", describe: "OWNER/NAME on the Hub", required: true },
  ],
  flags: {
    public: toggle("let everyone see a repository that is made now; private unless given"),
    license: text("licence for the card, as the Hub names it", "name", null),
  },
  resumable: true,
  async run([kind = "", what = "", repository = ""], flags, { workspace, home, signal, progress }) {
    const { push } = await import("../runner/push-and-pull.js");
    const request = {
      kind: kindOf(kind),
      ...{ what, repository, workspace, home },
      visibility: flags.public ? ("public" as const) : ("private" as const),
      license: flags.license ?? undefined,
    };
    const onWait = (text: string) => progress.note(text);
    const onFile = (path: string, state: string) => progress.note(`${state.padEnd(10)}${path}`);
    const pushed = await push(request, { hub: hubEnvironment(), signal, onFile, onWait });
    const { url, sent, unchanged, deleted } = pushed;
    return { data: pushed, text: `${url}\n${sent} files sent, ${unchanged} unchanged, ${deleted} deleted` };
  },
});

/** Throws ConfigError for anything that is no kind. */
export function kindOf(typed: string): BundleKind {
  const kind = BUNDLE_KINDS.find((one) => one === typed);
  if (kind !== undefined) return kind;
  throw new ConfigError(`Expected one of ${BUNDLE_KINDS.join(", ")} first, got "${typed}".`);
}

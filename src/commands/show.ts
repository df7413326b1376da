import { commandLine } from "../records/command-line.js";
import { firstOf } from "../records/some-of.js";
import type { ShownCandidate } from "../runner/inspection/show-item.js";
import { defineCommand, text } from "./command.js";
import { reportsPlace, writeAsked } from "./write-asked.js";

export const show = defineCommand({
  name: "show",
  summary: "draw a candidate, a pair or the candidates of a prompt as a PNG",
  examples: ["espalier show 3fa9c1", "espalier show 3fa9c1 --out sheet.png"],
  positionals: [
    { name: "id", describe: "id of a candidate, pair or prompt, or its first digits", required: true },
  ],
  flags: { out: text("file to write; the default is in the workspace's reports", "file", null) },
  async run([id = ""], flags, { workspace }) {
    const { showItem } = await import("../runner/inspection/show-item.js");
    const { contactSheet } = await import("../adapters/images/index.js");
    const shown = await showItem(id, { workspace });
    const file = flags.out ?? reportsPlace(workspace, `${shown.kind}-${shown.id}.png`);
    if (file !== null) writeAsked(file, await contactSheet(shown.sheet));
    const where = file ?? "No sheet: this workspace can only be read. --out names a file elsewhere.";
    const { kind, prompt, candidates, all } = shown;
    const query = `SELECT id FROM candidates WHERE prompt_id = '${prompt.id}'`;
    const whole = commandLine(["sql", query, "--limit", String(all)], workspace);
    const cut = all > candidates.length ? [`  ${firstOf(candidates.length, all, whole)}`] : [];
    const lines = [`${kind} ${shown.id}: "${prompt.text}"`, ...candidates.map(describe), ...cut, where];
    return { data: { kind, id: shown.id, prompt, all, candidates, file }, text: lines.join("\n") };
  },
});

function describe({ id, role, seed, verdicts }: ShownCandidate): string {
  const said = verdicts.map(({ question, said }) => `${question} ${said}`);
  return `  ${[id, role, seed === null ? "" : `seed ${seed}`, ...said].filter((part) => part !== "").join("  ")}`;
}

import type { Check } from "../machine/machine-checks.js";
import { defineCommand, text } from "./command.js";

export const doctor = defineCommand({
  name: "doctor",
  summary: "check that this machine has all that a run needs",
  examples: ["espalier doctor", "espalier doctor --json", "espalier doctor --model show-o"],
  positionals: [],
  flags: {
    model: text(
      "also what these models need: show-o, show-o-512, janus-pro, janus-pro-7b, llamagen, a folder, or OWNER/NAME on the Hub",
      "name",
      null,
    ),
  },
  async run(_words, { model }, { workspace }) {
    const { checkEverything } = await import("./doctor-checks.js");
    const checks = await checkEverything(workspace, model);
    const healthy = checks.every(({ state }) => state !== "missing");
    return { data: { healthy, checks }, text: describe(checks), exitCode: healthy ? 0 : 2 };
  },
});

function describe(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, found, cure }) => [
    `${state.padEnd(8)}${name.padEnd(width + 2)}${found}`,
    ...(cure === "" ? [] : [`${" ".repeat(8)}-> ${cure}`]),
  ]);
  const missing = checks.filter(({ state }) => state === "missing").length;
  const verdict = missing === 0 ? "All that is needed is here." : `${missing} missing; each cure is above.`;
  return [...lines, "", verdict].join("\n");
}

import { defineCommand } from "./command.js";
import type { Check } from "./doctor-checks.js";

export const doctor = defineCommand({
  name: "doctor",
  summary: "check that this machine has all that a run needs",
  examples: ["espalier doctor", "espalier doctor --json"],
  positionals: [],
  flags: {},
  async run(_words, _flags, { workspace }) {
    const { checkEverything } = await import("./doctor-checks.js");
    const checks = checkEverything(workspace);
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

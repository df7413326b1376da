import type { Check } from "../machine/machine-checks.js";
import { defineCommand, text } from "./command.js";

export const doctor = defineCommand({
  name: "doctor",
  summary: "check that this machine has all that a run needs",
  examples: [
    "espalier doctor",
    "espalier doctor --json",
    "espalier doctor --model show-o",
    "espalier doctor --family blots.py:Blots",
  ],
  positionals: [],
  flags: {
    model: text(
      "also what these models need: show-o, show-o-512, janus-pro, janus-pro-7b, llamagen, a folder, or OWNER/NAME on the Hub",
      "name",
      null,
    ),
    family: text(
      "instead: whether a generator of your own keeps what candidates need of one (docs/own-generators.md)",
      "FILE.py:FACTORY",
      null,
    ),
  },
  async run(_words, { model, family }, { workspace }) {
    const checks = family === null ? await machineChecks(workspace, model) : await familyChecks(family);
    const healthy = checks.every(({ state }) => state !== "missing");
    return { data: { healthy, checks }, text: describe(checks, family), exitCode: healthy ? 0 : 2 };
  },
});

async function machineChecks(workspace: string, model: string | null): Promise<Check[]> {
  const { checkEverything } = await import("./doctor-checks.js");
  return checkEverything(workspace, model);
}

async function familyChecks(place: string): Promise<Check[]> {
  const { checkOwnGenerator } = await import("../runner/inspection/check-own-generator.js");
  return checkOwnGenerator(place);
}

function describe(checks: readonly Check[], family: string | null): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, state, found, cure }) => [
    `${state.padEnd(8)}${name.padEnd(width + 2)}${found}`,
    ...(cure === "" ? [] : [`${" ".repeat(8)}-> ${cure}`]),
  ]);
  const missing = checks.filter(({ state }) => state === "missing").length;
  const good = family === null ? "All that is needed is here." : `${family} keeps what candidates need.`;
  const verdict = missing === 0 ? good : `${missing} missing; each cure is above.`;
  return [...lines, "", verdict].join("\n");
}

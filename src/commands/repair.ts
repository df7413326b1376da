import type { RepairPlan } from "../runner/repair.js";
import { defineCommand, toggle } from "./command.js";

export const repair = defineCommand({
  name: "repair",
  summary: "say what of a workspace is missing or damaged, and with --yes make it again",
  examples: ["espalier repair", "espalier repair --yes"],
  positionals: [],
  flags: {
    yes: toggle("do it: give the commands again that make what is missing, and remove what is left over"),
  },
  resumable: true,
  async run(_words, { yes }, { workspace, announce, signal }) {
    const runner = await import("../runner/repair.js");
    if (!yes) {
      const plan = await runner.planRepair(workspace);
      const next = plan.steps.length + plan.leftovers.length === 0 ? [] : [["repair", "--yes"]];
      return { data: plan, text: describe(plan), next };
    }
    const left = await runner.repair(workspace, { announce, signal });
    const text = isEmpty(left) ? describe(left) : `Not all of it could be made again.\n${describe(left)}`;
    return { data: left, text, exitCode: isEmpty(left) ? 0 : 2 };
  },
});

function isEmpty({ damaged, leftovers }: RepairPlan): boolean {
  return damaged.length + leftovers.length === 0;
}

function describe({ damaged, steps, beyond, leftovers }: RepairPlan): string {
  const lines = [
    ...damaged.map(({ place, said, stage }) => `${place} is ${said}${stage === null ? "" : ` (${stage})`}`),
    ...steps.flatMap(({ line, makes }) => [
      `To be given again: ${line}`,
      ...makes.map((place) => `  makes ${place}`),
    ]),
    ...beyond.map(({ place, cure }) => `Not to be made again here: ${place}: ${cure}`),
    ...leftovers.map((place) => `To be removed, left over: ${place}`),
  ];
  return lines.length > 0 ? lines.join("\n") : "Every file that the ledger knows is whole.";
}

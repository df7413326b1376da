import { commandLine } from "../records/command-line.js";
import type { Removal, RemovedStage } from "../runner/removal/remove-stages.js";
import { defineCommand, toggle } from "./command.js";
import { bytesText } from "./plain-output.js";

export const rm = defineCommand({
  name: "rm",
  summary: "say what taking stages away would take, and with --yes take them away",
  examples: [
    "espalier rm 017156",
    "espalier rm 017156 --with-dependents --yes",
    "espalier rm first-try --yes",
  ],
  positionals: [
    { name: "stages", describe: "ids of stages, their first digits or names", required: true, many: true },
  ],
  flags: {
    withDependents: toggle("take away what was made of them as well"),
    yes: toggle("do it: rows of the ledger and files together; nothing brings them back"),
  },
  async run(names, { withDependents: withAll, yes }, { workspace }) {
    const runner = await import("../runner/removal/remove-stages.js");
    if (yes) {
      const removal = runner.removeStages(workspace, names, { withAll });
      return { data: { ...removal, removed: true }, text: `Removed:\n${describe(removal).join("\n")}` };
    }
    const removal = runner.planRemoval(workspace, names);
    const more = removal.dependents.length > 0 ? ["--with-dependents"] : [];
    const kept = removal.named.map(({ run }) => run).filter((run) => run !== "by-hand");
    const again =
      kept.length > 0
        ? [`The run ${[...new Set(kept)].join(", ")} makes its own again when it is gone on with.`]
        : [];
    return {
      data: { ...removal, removed: false },
      text: [
        "To be removed:",
        ...describe(removal),
        ...again,
        `Nothing was removed. To do it: ${commandLine(["rm", ...names, ...more, "--yes"], workspace)}`,
      ].join("\n"),
    };
  },
});

function describe({ named, dependents }: Removal): string[] {
  const all = [...named, ...dependents];
  const sum = all.reduce((total, { bytes }) => total + bytes, 0);
  return [
    ...named.map(described),
    ...(dependents.length > 0 ? ["  and what was made of them:", ...dependents.map(described)] : []),
    `  in all ${all.length} ${all.length === 1 ? "stage" : "stages"}, ${bytesText(sum)} of files`,
  ];
}

function described({ id, name, title, run, rows, bytes }: RemovedStage): string {
  const called = title === null ? "" : ` "${title}"`;
  return `  ${name} ${id}${called} (${run}), ${rows} rows, ${bytesText(bytes)}`;
}

/**
 * Writes docs/results/judges.md and .json: how good the bundled judges are on labelled states of held-out prompts, and what
 * PARM's thresholds cost and give on validation prompts (of scripts/studies/parm-thresholds.ts, where its file is there).
 * `npx tsx scripts/studies/judge-results.ts --workspace build/judge`
 */
import "../explain-faults.js";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openStore } from "../../src/adapters/store/index.js";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { workspacePaths } from "../../src/paths.js";
import { findStage } from "../../src/runner/find-stage.js";
import { type JudgeReport, reportJudge } from "../../src/runner/single-stages/judge-stages.js";
import { judgesPage, type ParmTrials } from "./judge-results/page.js";

const { values } = parseArgs({
  options: {
    workspace: { type: "string", default: "build/judge" },
    states: { type: "string", default: "" },
    judge: {
      type: "string",
      multiple: true,
      default: ["scenes-judge-zero-shot", "scenes-judge-fine-tuned"],
    },
    parm: { type: "string", default: "docs/results/parm-thresholds.json" },
    out: { type: "string", default: "docs/results/judges" },
  },
});
const NAME = "judge-states-held-out";
const { workspace } = values;
const states = heldOutStates();
const reports: JudgeReport[] = [];
for (const judge of values.judge) {
  const config = freezeConfig({ name: "by-hand", rounds: 1 });
  const models = { ...config.models, judge };
  reports.push(await reportJudge(states.id, { workspace, config: { ...config, models } }));
}
const parm = existsSync(values.parm)
  ? (JSON.parse(readFileSync(values.parm, "utf8")) as ParmTrials)
  : undefined;
const judges = Object.fromEntries(reports.map(({ judge, quality }) => [judge, quality]));
writeFileSync(`${values.out}.json`, `${JSON.stringify({ states: states.summary, judges }, null, 2)}\n`);
writeFileSync(`${values.out}.md`, judgesPage({ reports, states: states.summary as never, parm }));
console.log(`${values.out}.md and .json`);

/** The stage of held-out states whose id begins with --states; the only one of the workspace when that is empty. */
function heldOutStates() {
  const store = openStore(workspacePaths(workspace));
  try {
    const ids = store.runs.list().flatMap(({ id }) => store.stages.list(id));
    const only = ids.filter(({ name }) => name === NAME);
    return findStage(store, values.states || (only.length === 1 ? (only[0]?.id ?? "") : ""), NAME);
  } finally {
    store.close();
  }
}

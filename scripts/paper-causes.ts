/**
 * What lies behind the tables of scripts/paper-tables.ts: of the N candidates of every image of a generator's ORM rows, how
 * many are right, for how many images at least one is (what a judge without fault would score), how well each judge ranks
 * the candidates of one image, and how far apart they are. Reads the study's workspace and writes JSON.
 *
 *   npx tsx scripts/paper-causes.ts --workspace build/paper-tables --out docs/results/paper-causes.json
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { candidateFiles } from "../src/adapters/arrow/index.js";
import { type LocatedCandidate, openStore, type StageRow } from "../src/adapters/store/index.js";
import { openBundledDecoder, openBundledDetector } from "../src/families/bundled.js";
import { evaluateImage } from "../src/geneval/evaluate.js";
import { workspacePaths } from "../src/paths.js";
import type { SamplerSettings } from "../src/records/candidate.js";
import type { Prompt } from "../src/records/prompt.js";
import { wantedFor } from "../src/stages/evaluation/pooled.js";
import { locateKnown } from "../src/stages/obtain.js";
import { type RankedInPrompt, withinPromptAuc } from "../src/statistics/auc.js";
import { BOOTSTRAP_DEFAULTS, bootstrap } from "../src/statistics/bootstrap.js";
import { type Outcome, scoreStrata } from "../src/statistics/strata.js";

const { values: flags } = parseArgs({
  options: {
    workspace: { type: "string", default: "build/paper-tables" },
    out: { type: "string", default: "docs/results/paper-causes.json" },
  },
});
const store = openStore(workspacePaths(flags.workspace), { readOnly: true });
const files = candidateFiles(flags.workspace);
const [decoder, detector] = [await openBundledDecoder(), openBundledDetector()];
const judges = new Map(
  store.checkpoints.list().flatMap(({ id, kind, name }) => (kind === "judge" ? [[id, name]] : [])),
);
const generators = [];
for (const stage of firstOfEachGenerator()) {
  generators.push(await causesOf(stage));
  console.log(JSON.stringify(generators.at(-1)));
}
writeFileSync(flags.out, `${JSON.stringify({ generators }, null, 2)}\n`);
await decoder.close();
store.close();

/** A finished row of an ORM for each generator: it names all candidates of the images. */
function firstOfEachGenerator(): StageRow[] {
  const stages = store.stages.list("paper-tables").filter(({ progress }) => progress === "finished");
  const rows = new Map<unknown, StageRow>();
  for (const stage of stages) {
    const { verifier, checkpoint } = stage.inputs as { verifier?: { kind: string }; checkpoint?: string };
    if (verifier?.kind === "orm" && !rows.has(checkpoint)) rows.set(checkpoint, stage);
  }
  return [...rows.values()];
}

/** One candidate of an image, detected. */
interface Seen extends Outcome {
  readonly id: string;
  readonly steps: number;
  readonly tokens: Uint16Array;
}

async function causesOf(stage: StageRow) {
  const images: Seen[][] = [];
  for (const { promptId, attempt } of store.searches.iterate(stage.id)) {
    const prompt = store.prompts.find(promptId) as Prompt;
    images.push(await detected(prompt, located(stage, prompt, attempt)));
  }
  const all = images.flat();
  const oracle = images.map((own) => ({ ...(own[0] as Seen), correct: own.some(({ correct }) => correct) }));
  const distances = images.flatMap((own) => own.slice(1).map((one, at) => distance(one, own[at] as Seen)));
  return {
    generator: String(stage.inputs["label"]).split(" + ")[0],
    images: images.length,
    candidates: all.length,
    /** Score of one candidate, of the best of all by GenEval's rules, and the images that no candidate gets right. */
    ...{ one: scoreOf(all), best_of_all: scoreOf(oracle) },
    images_without_a_right_one: rounded(oracle.filter(({ correct }) => !correct).length / images.length),
    /** Share of the tokens in which two candidates of an image differ. */
    token_distance: rounded(distances.reduce((sum, one) => sum + one, 0) / distances.length),
    judges: Object.fromEntries([...judges].flatMap(([id, name]) => rankingOf(id, name, all))),
  };
}

function located(stage: StageRow, prompt: Prompt, sample: number): LocatedCandidate[] {
  const { verifier, checkpoint, settings, seed, purpose } = stage.inputs as never as {
    verifier: Parameters<typeof wantedFor>[0]["verifier"];
    checkpoint: string;
    settings: SamplerSettings;
    seed: number;
    purpose: string;
  };
  const wanted = wantedFor({ images: [{ prompt, sample }], verifier, seed, purpose });
  return locateKnown(store, { checkpoint, settings }, wanted);
}

async function detected(prompt: Prompt, candidates: readonly LocatedCandidate[]): Promise<Seen[]> {
  const { metadata } = prompt;
  if (metadata === undefined) throw new Error(`"${prompt.text}" cannot be checked.`);
  const rows = await Promise.all(candidates.map(({ file, row }) => files.read({ file, row })));
  const found = await detector.detect(await decoder.decode(rows.map(({ tokens }) => tokens)));
  return candidates.map(({ id, steps }, at) => ({
    ...{ id, steps, tokens: (rows[at] as { tokens: Uint16Array }).tokens },
    ...{ promptId: prompt.id, tag: metadata.tag },
    correct: evaluateImage(found[at] ?? [], metadata).correct,
  }));
}

/** How well a judge's stored outcomes rank the candidates of a prompt; nothing where it was not asked about all. */
function rankingOf(judge: string, name: string, seen: readonly Seen[]): [string, object][] {
  const ranked = seen.flatMap(({ id, steps, promptId, correct }): RankedInPrompt[] => {
    const verdict = store.verdicts.find({
      candidateId: id,
      judge,
      question: "outcome",
      step: steps,
    })?.verdict;
    return verdict?.kind === "scored" ? [{ promptId, correct, score: verdict.score }] : [];
  });
  if (ranked.length < seen.length) return [];
  const { mean, pairsWeighted, prompts } = withinPromptAuc(ranked);
  return [[name, { auc_within_prompt: rounded(mean), by_pairs: rounded(pairsWeighted), prompts }]];
}

function scoreOf(outcomes: readonly Outcome[]) {
  const { overall, tasks } = bootstrap(scoreStrata(outcomes), BOOTSTRAP_DEFAULTS);
  return {
    overall: rounded(overall.value),
    ci: [rounded(overall.low), rounded(overall.high)],
    tasks: Object.fromEntries([...tasks].map(([tag, { value }]) => [tag, rounded(value)])),
  };
}

function distance({ tokens: one }: Seen, { tokens: other }: Seen): number {
  return one.reduce((count, token, at) => count + Number(token !== other[at]), 0) / one.length;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

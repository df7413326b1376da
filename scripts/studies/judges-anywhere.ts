/**
 * Ranks simulated pictures by tournaments and by all pairs, with pairwise judges of known strength and position bias, and writes
 * docs/results/judges-anywhere.md anew. `npx tsx scripts/studies/judges-anywhere.ts` (some seconds)
 */
import "../explain-faults.js";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { rankByPrompt } from "../../src/judges/asking/rank-by-prompt.js";
import type { TournamentRules } from "../../src/judges/asking/tournament.js";
import { RANKED_PARTS, type Verdict } from "../../src/records/verdict.js";
import { SimulatedPictures, type SimulatedTraits } from "./judges-anywhere/simulated-judge.js";

const { values } = parseArgs({
  options: { prompts: { type: "string", default: "200" }, print: { type: "boolean", default: false } },
});
const PROMPTS = Number(values.prompts);
const PAGE = join(import.meta.dirname, "../../docs/results/judges-anywhere.md");
const [BEGIN, END] = ["<!-- tournaments: begin -->", "<!-- tournaments: end -->"];

const JUDGES: readonly (readonly [name: string, traits: SimulatedTraits])[] = [
  ["strong", { strength: 4, positionBias: 0 }],
  ["middling", { strength: 2, positionBias: 0 }],
  ["middling, first shown +1", { strength: 2, positionBias: 1 }],
  ["weak, first shown +1", { strength: 1, positionBias: 1 }],
];
const RULES: readonly (readonly [name: string, rules: TournamentRules])[] = [
  ["all pairs", { most: 1, until: "ends", confidence: 0.99999 }],
  ["until the ends are sure, 0.9", { most: 1, until: "ends", confidence: 0.9 }],
  ["until the ends are sure, 0.8", { most: 1, until: "ends", confidence: 0.8 }],
  ["until a pair is sure, 0.99", { most: 1, until: "pair", confidence: 0.99 }],
  ["until a pair is sure, 0.95", { most: 1, until: "pair", confidence: 0.95 }],
];

const rows: string[] = [];
for (const count of [4, 8, 16]) {
  for (const [judge, traits] of JUDGES) {
    for (const [name, rules] of RULES) {
      const found = await measured(count, traits, rules);
      rows.push(`| ${[count, judge, name, ...found].join(" | ")} |`);
    }
  }
}
const head = [
  "| pictures | judge | asked by | comparisons of all | ranked wrongly | best is among the best 2 | chosen is better | depends on the order |",
  "|---|---|---|---|---|---|---|---|",
];
const table = [...head, ...rows].join("\n");
if (values.print) console.log(table);
else {
  const page = readFileSync(PAGE, "utf8");
  const [before, after] = [page.split(BEGIN)[0], page.split(END)[1]];
  writeFileSync(PAGE, `${before}${BEGIN}\n${table}\n${END}${after}`);
  console.log(`wrote ${PAGE}`);
}

/** Means over the prompts, as the table has them. */
async function measured(count: number, traits: SimulatedTraits, rules: TournamentRules): Promise<string[]> {
  const pictures = new SimulatedPictures(count);
  const prompts = Array.from({ length: PROMPTS }, (_, index) => pictures.ofPrompt(`prompt ${index}`, count));
  let compared = 0;
  const judge = pictures.judge(traits);
  const verdicts = await rankByPrompt(prompts.flat(), rules, (items) => {
    compared += items.length / 2;
    return judge(items);
  });
  let [wrong, best, better, ordered] = [0, 0, 0, 0];
  for (const [index, items] of prompts.entries()) {
    const scores = verdicts.slice(index * count, (index + 1) * count).map(scoreOf);
    const truth = items.map(({ image }) => pictures.quality(image));
    const order = [...truth.keys()].sort((one, other) => (scores[other] as number) - (scores[one] as number));
    const [top, bottom] = [order[0] as number, order.at(-1) as number];
    wrong += discordance(scores, truth);
    best += Number(truth.filter((one) => one > (truth[top] as number)).length < 2);
    better += Number((truth[top] as number) > (truth[bottom] as number));
  }
  for (const verdict of verdicts) ordered += orderedOf(verdict) / count;
  const share = compared / (PROMPTS * ((count * (count - 1)) / 2));
  return [
    `${(100 * share).toFixed(0)}%`,
    ...[wrong, best, better, ordered].map((sum) => (sum / PROMPTS).toFixed(3)),
  ];
}

function scoreOf(verdict: Verdict): number {
  return verdict.kind === "scored" ? verdict.score : Number.NaN;
}

function orderedOf(verdict: Verdict): number {
  const parts = verdict.kind === "scored" ? (verdict.parts ?? []) : [];
  return parts.find(({ name }) => name === RANKED_PARTS.ordered)?.score ?? 0;
}

/** Share of the pairs that two lists order differently; a tie is half. */
function discordance(scores: readonly number[], truth: readonly number[]): number {
  let [wrong, pairs] = [0, 0];
  for (let one = 0; one < scores.length; one++) {
    for (let other = 0; other < one; other++) {
      const [said, is] = [scores, truth].map((list) =>
        Math.sign((list[one] as number) - (list[other] as number)),
      );
      pairs += 1;
      wrong += said === 0 ? 0.5 : Number(said !== is);
    }
  }
  return wrong / pairs;
}

import { encodePng, pngDataUrl } from "../../adapters/images/index.js";
import type { SampleStrips } from "../../stages/comparison/report-data.js";
import { type Samples, sampleImage } from "../../stages/training/sample-watch.js";
import type { RunContext } from "../run/run-context.js";
import type { RoundOutcome } from "../run/run-options.js";
import { checkpointLabel } from "../run/table-rows.js";
import { trainingEvents } from "./training-events.js";

/** Rows and columns that a report shows of a training. */
const PROMPTS = 6;
const STEPS = 5;

/** The sample images of the rounds' trainings, as a report shows them: a few prompts at a few steps, first and last among them. */
export async function sampleStrips(
  run: RunContext,
  rounds: readonly RoundOutcome[],
): Promise<SampleStrips[]> {
  const texts = await textsByWords(run);
  const all = await Promise.all(rounds.map((outcome) => stripsOf(run, outcome, texts)));
  return all.flat();
}

async function stripsOf(
  { models, ...run }: RunContext,
  outcome: RoundOutcome,
  texts: ReadonlyMap<string, string>,
): Promise<SampleStrips[]> {
  const events = trainingEvents({ models, ...run }, outcome).filter(({ event }) => event === "samples-end");
  const shown = spread(events as unknown as Samples[], STEPS);
  const [first] = shown;
  if (first === undefined) return [];
  const rows = spread([...first.text.keys()], PROMPTS).map(async (row) => ({
    prompt: first.prompts?.[row] ?? texts.get(first.text[row]?.join() ?? "") ?? `caption ${row + 1}`,
    images: await Promise.all(
      shown.map(async (samples) =>
        pngDataUrl(await encodePng(await sampleImage(samples, row, models.image).pixels())),
      ),
    ),
  }));
  const steps = shown.map(({ step }) => step);
  return [{ name: checkpointLabel(outcome.round), steps, rows: await Promise.all(rows) }];
}

/** Texts of the training prompts by their word ids, as the trainer's events name them. */
async function textsByWords({ prompts, models }: RunContext): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const { text } of prompts.rounds.flat()) {
    found.set((await models.family.encodePrompt(text)).join(), text);
  }
  return found;
}

/** At most `count` of them, evenly spread, the first and the last among them. */
function spread<Thing>(things: readonly Thing[], count: number): Thing[] {
  if (things.length <= count) return [...things];
  return Array.from({ length: count }, (_, index) => {
    return things[Math.round((index * (things.length - 1)) / (count - 1))] as Thing;
  });
}

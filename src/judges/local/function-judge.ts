import type { Judge, JudgeItem } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";
import { shownImage } from "../asking/shown-image.js";
import type { LookingWorker } from "./looking-worker.js";

/** Pictures as a person's function gets them: as they are, far above what any model reads. */
const FITTING = { side: 4096, format: "png" } as const;

/** A person's own function in Python, asked for the outcome in batches. A failure of the function fails the batch. */
export function functionJudge(identity: string, batch: number, worker: LookingWorker): Judge {
  const scores = async (items: readonly JudgeItem[]): Promise<Verdict[]> => {
    const { scores: found, error } = await worker.ask(async () => ({
      prompts: items.map(({ prompt }) => prompt.text),
      images: await Promise.all(items.map(encoded)),
    }));
    const given = Array.isArray(found) ? (found as unknown[]) : [];
    const wrong =
      given.length === items.length ? undefined : `expected ${items.length} scores, got ${given.length}`;
    return items.map((_, index) => verdictOf(given[index], error ?? wrong));
  };
  return {
    ...{ identity, questions: ["outcome"], batch },
    ask: async (_question, items) => {
      const verdicts: Verdict[] = [];
      for (let at = 0; at < items.length; at += batch)
        verdicts.push(...(await scores(items.slice(at, at + batch))));
      return verdicts;
    },
    close: () => worker.close(),
  };
}

async function encoded({ image }: JudgeItem): Promise<string> {
  return Buffer.from(await (await shownImage(image)).encoded(FITTING)).toString("base64");
}

function verdictOf(score: unknown, error: unknown): Verdict {
  if (error !== undefined) return { kind: "failed", reason: String(error) };
  if (typeof score === "number" && score >= 0 && score <= 1) return { kind: "scored", score };
  return { kind: "failed", reason: `expected a number from 0 to 1, got ${JSON.stringify(score)}` };
}

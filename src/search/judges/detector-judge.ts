import { evaluateImage } from "../../geneval/evaluate.js";
import type { GenEvalOptions } from "../../geneval/options.js";
import { reasonsOf } from "../../geneval/reasons.js";
import type { Detection } from "../../records/detection.js";
import type { Pixels } from "../../records/image.js";
import type { Detector, Judge, JudgeItem } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";

/** A judge that answers the outcome question with GenEval's rules over a detector: 1 or 0. Closing it leaves the detector open. */
export function detectorJudge(detector: Detector, options: Partial<GenEvalOptions> = {}, batch = 16): Judge {
  return {
    identity: `geneval:${detector.identity}`,
    questions: ["outcome"],
    batch,
    ask: async (_question, items) => {
      const verdicts: Verdict[] = [];
      for (let first = 0; first < items.length; first += TOGETHER)
        verdicts.push(...(await askTogether(items.slice(first, first + TOGETHER))));
      return verdicts;
    },
    close: async () => undefined,
  };

  async function askTogether(items: readonly JudgeItem[]): Promise<Verdict[]> {
    const seen = await Promise.all(items.map(lookAt));
    const images = seen.filter((one): one is Pixels => "width" in one);
    const detections = (await detectAll(detector, images)).values();
    return items.map((item, index) => {
      const look = seen[index] as Pixels | Failed;
      return "width" in look ? judge(item, detections.next().value as Found, options) : look;
    });
  }
}

/** Images whose pixels are in memory at a time. */
const TOGETHER = 64;

type Failed = Extract<Verdict, { kind: "failed" }>;
type Found = Detection[] | Failed;

async function lookAt({ image }: JudgeItem): Promise<Pixels | Failed> {
  return image.pixels().catch(failed);
}

/** Detections of each image. When the detector breaks on a batch, the images are tried one by one. */
async function detectAll(detector: Detector, images: readonly Pixels[]): Promise<Found[]> {
  try {
    return await detector.detect(images);
  } catch (error) {
    if (images.length === 1) return [failed(error)];
    const singly: Found[] = [];
    for (const image of images) singly.push(...(await detectAll(detector, [image])));
    return singly;
  }
}

function judge({ prompt }: JudgeItem, found: Found, options: Partial<GenEvalOptions>): Verdict {
  if ("kind" in found) return found;
  if (prompt.metadata === undefined) {
    return { kind: "failed", reason: `Prompt "${prompt.text}" has no metadata to check an image against.` };
  }
  const { correct, faults } = evaluateImage(found, prompt.metadata, options);
  return { kind: "scored", score: correct ? 1 : 0, ...(correct ? {} : { reasons: reasonsOf(faults) }) };
}

function failed(error: unknown): Failed {
  return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
}

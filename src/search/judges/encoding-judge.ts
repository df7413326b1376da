import type { ImageHandle } from "../../records/image.js";
import type { Encoder, Judge, JudgeItem } from "../../records/seams.js";
import type { Verdict } from "../../records/verdict.js";

/** Pictures decoded together: some megabytes each. */
const TOGETHER = 16;

/**
 * A judge of token grids that is also shown pictures: those of the size that its tokenizer encodes are encoded, any other is a failed
 * verdict. The encoder is opened with the first picture; whoever opens it closes it.
 */
export function encodingJudge(judge: Judge, openEncoder: () => Promise<Encoder>): Judge {
  return {
    identity: judge.identity,
    questions: judge.questions,
    batch: judge.batch,
    async ask(question, items) {
      const read = await readable(items, openEncoder);
      const grids = read.flatMap((one) => ("prompt" in one ? [one] : []));
      const verdicts = (grids.length > 0 ? await judge.ask(question, grids) : []).values();
      return read.map((one) => ("prompt" in one ? (verdicts.next().value as Verdict) : one));
    },
    close: () => judge.close(),
  };
}

type Failed = Extract<Verdict, { kind: "failed" }>;

/** Each item with an image that has tokens, or why it has none. */
async function readable(
  items: readonly JudgeItem[],
  openEncoder: () => Promise<Encoder>,
): Promise<(JudgeItem | Failed)[]> {
  const read: (JudgeItem | Failed)[] = [];
  for (let first = 0; first < items.length; first += TOGETHER) {
    const group = items.slice(first, first + TOGETHER);
    const encoder = group.some(({ image }) => image.tokens === undefined) ? await openEncoder() : undefined;
    read.push(...(await Promise.all(group.map((item) => (encoder ? encoded(item, encoder) : item)))));
  }
  return read;
}

async function encoded({ prompt, image }: JudgeItem, encoder: Encoder): Promise<JudgeItem | Failed> {
  if (image.tokens !== undefined) return { prompt, image };
  try {
    const pixels = await image.pixels();
    const { width, height } = pixels;
    const { side } = encoder;
    if (width !== side || height !== side) {
      const reason = `Expected a picture of ${side} x ${side} pixels, which the tokenizer of this judge encodes, got ${width} x ${height}. Ask a judge that reads pictures of any size.`;
      return { kind: "failed", reason };
    }
    const [tokens] = await encoder.encode([pixels]);
    return {
      prompt,
      image: { tokens: tokens as Uint16Array, pixels: async () => pixels } satisfies ImageHandle,
    };
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

import { decodeImage } from "../../adapters/images/index.js";
import type { Store } from "../../adapters/store/index.js";
import type { FormatName } from "../../config/formats.js";
import type { ImageHandle, Pixels } from "../../records/image.js";
import { type Prompt, promptId } from "../../records/prompt.js";
import { detectFormat } from "../../stages/exchange/detect-format.js";
import { FORMATS } from "../../stages/exchange/formats.js";
import { type Meaning, meaningOf } from "../../stages/review/answers.js";
import type { LabelledPair } from "./judged-pairs.js";

/**
 * The pairs of a file or folder of preferences: Pick-a-Pic, HPD, ImageReward's rankings and every other layout that `import`
 * reads. Each two pictures of a ranking are a pair, in the order of the file. Throws StoreError at the first row that cannot be read.
 */
export async function* pairsOfFile(path: string, format: FormatName | null): AsyncGenerator<LabelledPair> {
  for await (const { prompt: text, images, ranks, where } of FORMATS[
    format ?? (await detectFormat(path))
  ].read(path)) {
    const prompt = { id: promptId(text), text };
    const handles = images.map(({ bytes }) => encodedImage(bytes));
    for (const [at, first] of handles.entries()) {
      for (const [beside, second] of handles.slice(at + 1).entries()) {
        const [one, other] = [ranks[at] as number, ranks[at + 1 + beside] as number];
        yield { prompt, first, second, label: one === other ? 0.5 : Number(one < other), where };
      }
    }
  }
}

/** The pairs of a stage on which people have said something: what most of them said; as many for either are a tie. */
export async function* reviewedPairs(
  store: Store,
  stage: string,
  imageOf: (candidate: string) => Promise<ImageHandle>,
): AsyncGenerator<LabelledPair> {
  for (const { pair, reviews } of store.reviews.reviewed(stage)) {
    const meanings = reviews.flatMap((review) => meaningOf(review) ?? []);
    if (meanings.length === 0) continue;
    const [one, other] = [pair.chosenId, pair.rejectedId].sort() as [string, string];
    yield {
      prompt: store.prompts.find(pair.promptId) as Prompt,
      first: await imageOf(one),
      second: await imageOf(other),
      label: majority(meanings),
      where: `pair ${pair.id}`,
    };
  }
}

function majority(meanings: readonly Meaning[]): number {
  const count = (meaning: Meaning) => meanings.filter((one) => one === meaning).length;
  return (Math.sign(count("first") - count("second")) + 1) / 2;
}

/** A picture that a file brings: its bytes as they came. */
export function encodedImage(bytes: Uint8Array): ImageHandle {
  let pixels: Promise<Pixels> | undefined;
  return {
    encoded: async () => bytes,
    pixels: () => {
      pixels ??= decodeImage(bytes);
      return pixels;
    },
  };
}

import { encodedSide, type PairSide } from "../../../adapters/arrow/index.js";
import { imageEnding } from "../../../adapters/images/index.js";

/** An image as Hugging Face stores it, under a name of its own. */
export async function imageCell(side: PairSide): Promise<{ bytes: Uint8Array; path: string }> {
  const bytes = await encodedSide(side);
  return { bytes, path: `${side.id}.${imageEnding(bytes)}` };
}

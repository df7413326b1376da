import { decodeArray, type Opened, type ServingWorker } from "../adapters/python/index.js";
import { TrainerError, VerifierError } from "../errors.js";
import type { Pixels } from "../records/image.js";
import type { Encoder } from "../records/seams.js";

/** Images of one request: about 12 MB of pixels at 256 x 256. */
const BATCH = 64;

/** The image tokenizer's encoder in a worker that holds a generator, which says how large its images are. */
export function torchEncoder(worker: ServingWorker, opened: Opened): Encoder {
  const { image_side: side, image_tokens: tokens } = opened;
  if (side === null || tokens === null) throw new TrainerError("The serving worker holds no generator.");
  return {
    side,
    tokens,
    codebookSize: opened.codebook_size,
    async encode(images) {
      const grids: Uint16Array[] = [];
      for (let first = 0; first < images.length; first += BATCH) {
        grids.push(...(await encodeBatch(worker, images.slice(first, first + BATCH), side)));
      }
      return grids;
    },
    close: async () => undefined,
  };
}

async function encodeBatch(worker: ServingWorker, images: readonly Pixels[], side: number) {
  const strange = images.find(({ width, height }) => width !== side || height !== side);
  if (strange !== undefined) {
    throw new VerifierError(
      `An image cannot be encoded: expected ${side} x ${side} pixels, got ${strange.width} x ${strange.height}.`,
    );
  }
  const data = new Uint8Array(images.length * side * side * 3);
  for (const [index, image] of images.entries()) data.set(image.data, index * side * side * 3);
  const bytes = await worker.encode({ shape: [images.length, side, side, 3], data });
  const { data: codes, shape } = decodeArray(bytes, "tokens", "I32");
  const [, length = 0] = shape;
  return images.map((_, row) => Uint16Array.from(codes.subarray(row * length, (row + 1) * length)));
}

import { candidateFiles } from "../adapters/arrow/index.js";
import { encodePng } from "../adapters/images/index.js";
import type { LocatedCandidate, LocatedPicture, Store } from "../adapters/store/index.js";
import { BUNDLED_MODELS } from "../families/bundled.js";
import { pictureFiles } from "../pictures/picture-files.js";
import type { Candidate } from "../records/candidate.js";
import type { Pixels } from "../records/image.js";
import type { PictureFormat } from "../records/picture.js";
import type { ImageDecoder } from "../records/seams.js";
import { modelsOf, withFamily } from "../runner/models/with-family.js";
import { workspaceTokenizer } from "../runner/models/workspace-tokenizer.js";
import { isGrid, knownAfter } from "../stages/review/known-tokens.js";
import { findCandidate } from "../stages/sampling/wanted-candidates.js";

export interface ShownImage {
  readonly bytes: Uint8Array;
  readonly format: PictureFormat;
}

/** Images of a workspace as a browser shows them. */
export interface StudioImages {
  /** No side longer than `side` where it is a picture, as it came without; a token grid as it is. Undefined where there is none. */
  image(candidateId: string, side?: number): Promise<ShownImage | undefined>;
  /** What was known of a token grid after so many steps. */
  after(candidateId: string, steps: number): Promise<ShownImage | undefined>;
  /** A grid of tokens that is no candidate: a sample of a training. */
  ofTokens(tokens: Uint16Array): Promise<ShownImage>;
  close(): Promise<void>;
}

/** Decodes with the tokenizer that the workspace names, which is opened when a token grid is first looked at. */
export function studioImages(store: Store): StudioImages {
  const files = candidateFiles(store.workspace.root);
  const pictures = pictureFiles(store.workspace.root);
  const decoder = heldDecoder(store);
  const gridOf = async (id: string) => {
    const { tokens, committedAt } = (await findCandidate(store, files, id)) as Candidate;
    return { pixels: await (await decoder.open()).image(tokens).pixels(), committedAt };
  };
  const found = (id: string): LocatedCandidate | undefined => {
    const candidate = store.candidates.find(id);
    return candidate?.id === id ? candidate : undefined;
  };
  return {
    image: async (id, side) => {
      const candidate = found(id);
      if (candidate === undefined) return undefined;
      if (candidate.picture === undefined) return png((await gridOf(id)).pixels);
      const { picture } = candidate as LocatedPicture;
      if (side !== undefined && Math.max(picture.width, picture.height) > side)
        return { bytes: await pictures.thumbnail(picture, side), format: "jpeg" };
      return { bytes: await pictures.bytes(picture), format: picture.format };
    },
    after: async (id, steps) => {
      const candidate = found(id);
      if (candidate === undefined || candidate.picture !== undefined) return undefined;
      const { pixels, committedAt } = await gridOf(id);
      return isGrid(pixels, committedAt) ? png(knownAfter(pixels, committedAt, steps)) : undefined;
    },
    ofTokens: async (tokens) => png(await (await decoder.open()).image(tokens).pixels()),
    close: decoder.close,
  };
}

async function png(pixels: Pixels): Promise<ShownImage> {
  return { bytes: await encodePng(pixels), format: "png" };
}

/** The workspace's decoder, open from its first use until `close`. */
function heldDecoder(store: Store) {
  let end: () => void = () => undefined;
  let opened: Promise<ImageDecoder> | undefined;
  let ended: Promise<unknown> | undefined;
  const open = () => {
    opened ??= new Promise((resolve, reject) => {
      const closing = new Promise<void>((close) => {
        end = close;
      });
      ended = withFamily({ workspace: store.workspace.root }, modelsOf(store), async (family) => {
        const tokenizer = await workspaceTokenizer({
          store,
          models: BUNDLED_MODELS,
          outside: family.outside,
        });
        const decoder = await family.openDecoder(tokenizer.folder);
        resolve(decoder);
        await closing;
        await decoder.close();
      }).catch((error: unknown) => {
        // What cannot be opened now may be there later.
        opened = undefined;
        reject(error as Error);
      });
    });
    return opened;
  };
  const close = async () => {
    end();
    await ended;
  };
  return { open, close };
}

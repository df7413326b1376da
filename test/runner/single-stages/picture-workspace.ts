import { createHash } from "node:crypto";
import { join } from "node:path";
import { openStore, type Store } from "../../../src/adapters/store/index.js";
import { workspacePaths } from "../../../src/paths.js";
import type { Judge } from "../../../src/records/seams.js";
import { importPicturesFrom } from "../../../src/runner/single-stages/import-pictures.js";
import { layOut, type MadePicture } from "../../fixtures/pictures.js";
import { temporaryFolder } from "../../temporary-folders.js";
import { tinyConfig, tinyFamily, tinyOptions } from "../tiny-run.js";

/** What the judge says of a picture: the first four bytes of its hash, 0..1. */
export function scoreOf(sha256: string): number {
  return Number.parseInt(sha256.slice(0, 8), 16) / 2 ** 32;
}

/** A judge that reads the bytes of pictures as they came. */
export function bytesJudge(): Judge {
  return {
    identity: "bytes-judge",
    questions: ["outcome"],
    batch: 16,
    ask: async (_, items) =>
      Promise.all(
        items.map(async ({ image }) => {
          const bytes = (await image.encoded?.()) ?? new Uint8Array();
          return {
            kind: "scored" as const,
            score: scoreOf(createHash("sha256").update(bytes).digest("hex")),
          };
        }),
      ),
    close: async () => undefined,
  };
}

/** The best against the worst of each prompt, by what the judge says. */
export const BEST_OF_JUDGED = {
  labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
  mining: { policy: "best-versus-worst", pairsPerPrompt: 2, margin: 0 },
  earlier: [],
  earlierPairs: 0,
  pairsPerTask: null,
} as const;

/** A workspace into which pictures were imported as those of "sdxl". */
export async function pictureWorkspace(made: readonly MadePicture[]) {
  const folder = temporaryFolder("espalier-picture-stages-");
  const place = await layOut("imagefolder", join(folder, "pictures"), made);
  const options = {
    ...tinyOptions(folder, { family: tinyFamily({ openJudge: async () => bytesJudge() }) }),
    config: tinyConfig(folder),
  };
  const bring = (from = "sdxl", copy = false) =>
    importPicturesFrom({ place, from, format: null, copy }, options);
  const reading = <Result>(read: (store: Store) => Result): Result => {
    const store = openStore(workspacePaths(options.workspace), { readOnly: true });
    try {
      return read(store);
    } finally {
      store.close();
    }
  };
  return { folder, place, options, bring, reading };
}

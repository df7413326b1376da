import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "../../../src/adapters/store/index.js";
import { FORMAT_NAMES, type FormatName } from "../../../src/config/formats.js";
import { workspacePaths } from "../../../src/paths.js";
import { pictureFiles } from "../../../src/pictures/picture-files.js";
import { exportFrom } from "../../../src/runner/single-stages/import-export.js";
import { importPicturePairsFrom } from "../../../src/runner/single-stages/import-pictures.js";
import { pair, score } from "../../../src/runner/single-stages/single-stages.js";
import { encodedPicture, makePictures } from "../../fixtures/pictures.js";
import { BEST_OF_JUDGED, pictureWorkspace } from "./picture-workspace.js";

type PictureWorkspace = Awaited<ReturnType<typeof pictureWorkspace>>;

let first: PictureWorkspace & { readonly pairs: string };

beforeAll(async () => {
  const workspace = await pictureWorkspace((await makePictures()).slice(0, 40));
  const { stage } = await workspace.bring();
  await score({ candidates: stage.id, by: "judge" }, workspace.options);
  const pairs = await pair({ ...BEST_OF_JUDGED, candidates: stage.id }, workspace.options);
  first = { ...workspace, pairs: pairs.id };
});

/** What layouts keep of a picture beside its bytes and its place in the pair. */
const KEEPS: Readonly<Partial<Record<FormatName, readonly string[]>>> = {
  arrow: ["seed", "score", "metadata"],
  "save-to-disk": ["seed", "score", "metadata"],
  parquet: ["seed", "score", "metadata"],
  "verl-omni": ["seed", "score"],
};

/** Every pair by prompt and the hashes of its two pictures. */
function pairsOf(store: Store, stage: string, keeps: readonly string[]) {
  const picked = (id: string, score: number) => {
    const { picture, seed, metadata } = store.candidates.find(id) as NonNullable<
      ReturnType<Store["candidates"]["find"]>
    >;
    const said: Readonly<Record<string, unknown>> = { seed, score, metadata };
    return [picture?.sha256, picture?.format, ...keeps.map((name) => said[name])];
  };
  const rows = [...store.pairs.iterate(stage)].map((one) => [
    store.prompts.find(one.promptId)?.text,
    picked(one.chosenId, one.chosenScore),
    picked(one.rejectedId, one.rejectedScore),
  ]);
  return rows.map((row) => JSON.stringify(row)).sort();
}

describe("pairs of pictures go out and come back", () => {
  for (const format of FORMAT_NAMES)
    test(`as ${format}: prompts, choices and bytes are the same`, async () => {
      const exported = await exportFrom(first.options.workspace, {
        stages: [first.pairs],
        format,
        out: join(first.folder, `out-${format}${ENDINGS[format] ?? ""}`),
      });
      expect(exported.pairs).toBeGreaterThan(5);
      const workspace = join(first.folder, `again-${format}`);
      const brought = await importPicturePairsFrom(
        { path: exported.out, format: null, from: "sdxl" },
        { ...first.options, workspace },
      );
      const keeps = KEEPS[format] ?? [];
      const before = first.reading((store) => pairsOf(store, first.pairs, keeps));
      const store = openStore(workspacePaths(workspace), { readOnly: true });
      try {
        expect(pairsOf(store, brought.id, keeps)).toEqual(before);
        const files = pictureFiles(workspace);
        for (const { chosenId } of store.pairs.iterate(brought.id)) {
          const { picture, id } = store.candidates.find(chosenId) as NonNullable<
            ReturnType<Store["candidates"]["find"]>
          >;
          if (picture) expect((await files.bytes(picture)).length).toBe(picture.bytes);
          // The same source, prompt and bytes are the same candidate, in whatever workspace.
          expect(first.reading((known) => known.candidates.find(id))).toBeDefined();
        }
      } finally {
        store.close();
      }
    });
});

const ENDINGS: Readonly<Partial<Record<FormatName, string>>> = {
  arrow: ".arrow",
  parquet: ".parquet",
  "pick-a-pic": ".parquet",
  trl: ".parquet",
};

test("a picture is not preferred to the same pixels in other bytes", async () => {
  const folder = join(first.folder, "one-picture");
  mkdirSync(folder);
  const drawn = sharp(await encodedPicture(30, 20, { shade: 90 }));
  writeFileSync(join(folder, "a.png"), await drawn.clone().png({ compressionLevel: 0 }).toBuffer());
  writeFileSync(join(folder, "b.png"), await drawn.clone().png({ compressionLevel: 9 }).toBuffer());
  writeFileSync(join(folder, "c.png"), await encodedPicture(30, 20, { shade: 91 }));
  const rows = ["b.png", "c.png"].map((rejected) => ({ prompt: "x", chosen: "a.png", rejected }));
  const bring = () => {
    const options = { ...first.options, workspace: join(first.folder, "of-one-picture") };
    return importPicturePairsFrom({ path: folder, format: null, from: "sdxl" }, options);
  };
  writeFileSync(join(folder, "pairs.jsonl"), JSON.stringify(rows[0]));
  await expect(bring()).rejects.toThrow("got none but what is no pair: pair of an image and itself (1)");
  writeFileSync(join(folder, "pairs.jsonl"), rows.map((row) => JSON.stringify(row)).join("\n"));
  expect((await bring()).summary).toMatchObject({ pairs: 1, leftOut: { "pair of an image and itself": 1 } });
});

test("a fault in the last row leaves nothing behind", async () => {
  const out = join(first.folder, "out-faulty");
  await exportFrom(first.options.workspace, { stages: [first.pairs], format: "jsonl", out });
  writeFileSync(join(out, "images", "bad.png"), "no picture");
  appendFileSync(
    join(out, "pairs.jsonl"),
    '{"prompt":"a cat","chosen":"images/bad.png","rejected":"images/bad.png"}\n',
  );
  const workspace = join(first.folder, "again-faulty");
  const brought = importPicturePairsFrom(
    { path: out, format: null, from: "sdxl" },
    { ...first.options, workspace },
  );
  await expect(brought).rejects.toThrow(
    /pairs\.jsonl, line \d+: expected a picture in PNG, JPEG or WebP, got/,
  );
  expect(existsSync(workspace)).toBe(false);
});

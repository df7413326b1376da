import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { openStore, type Store } from "../../../src/adapters/store/index.js";
import { freezeConfig } from "../../../src/config/freeze-config.js";
import { workspacePaths } from "../../../src/paths.js";
import { pictureFiles } from "../../../src/pictures/picture-files.js";
import { importPicturesFrom } from "../../../src/runner/single-stages/import-pictures.js";
import { encodedPicture, layOut, type MadePicture, makePictures } from "../../fixtures/pictures.js";

let made: readonly MadePicture[];
let folder = "";
let place = "";
let workspace = "";

beforeAll(async () => {
  made = (await makePictures()).slice(0, 15);
});

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "espalier-import-pictures-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  workspace = join(folder, "workspace");
  mkdirSync(join(folder, "pictures"));
  place = await layOut("imagefolder", join(folder, "pictures"), made);
});

const config = freezeConfig({ name: "test", shardImages: 4 });

function bring(more: { place?: string; from?: string; copy?: boolean } = {}) {
  const request = { place, from: "sdxl", format: null, copy: false, ...more };
  return importPicturesFrom(request, { workspace, config });
}

function looking<Result>(look: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  try {
    return look(store);
  } finally {
    store.close();
  }
}

test("every picture is a candidate of its prompt, with its seed and columns, and its bytes are where they were", async () => {
  const { stage, added, known } = await bring();
  expect([added, known, stage.summary?.["candidates"]]).toEqual([15, 0, 15]);
  const found = looking((store) =>
    store.shards.list(stage.id).flatMap(({ index }) => [...store.candidates.ofShard(stage.id, index)]),
  );
  expect(found).toHaveLength(15);
  const files = pictureFiles(workspace);
  for (const [at, candidate] of found.entries()) {
    const { prompt, seed, sha256, steps, guidance, model } = made[at] as MadePicture;
    expect(candidate).toMatchObject({ seed, picture: { sha256 }, metadata: { steps, guidance, model } });
    expect(candidate.prompt.text).toBe(prompt);
    expect(candidate.picture?.place.startsWith(join(folder, "pictures"))).toBe(true);
    if (candidate.picture)
      expect((await files.bytes(candidate.picture)).length).toBe(candidate.picture.bytes);
  }
  expect(existsSync(join(workspace, "pictures"))).toBe(false);
  expect(looking((store) => store.checkpoints.find("sdxl"))).toMatchObject({
    kind: "outside",
    id: found[0]?.checkpoint,
  });
});

test("the same again adds nothing, a line more adds that one, and another source is another candidate", async () => {
  const first = await bring();
  const again = await bring();
  expect(again).toMatchObject({ stage: { id: first.stage.id }, added: 0, known: 15 });
  writeFileSync(join(folder, "pictures", "new.png"), await encodedPicture(40, 30));
  appendFileSync(
    join(folder, "pictures", "metadata.jsonl"),
    '{"file_name":"new.png","text":"ein Bär, 熊"}\n',
  );
  const more = await bring();
  expect(more).toMatchObject({ added: 1, known: 15 });
  expect(more.stage.id).not.toBe(first.stage.id);
  expect(looking((store) => store.counts())).toMatchObject({ candidates: 16, pictures: 16 });
  expect(await bring({ from: "flux" })).toMatchObject({ added: 16, known: 0 });
  expect(looking((store) => store.counts())).toMatchObject({ candidates: 32, pictures: 16 });
});

test("pictures that were moved are found where they are imported from again", async () => {
  const { stage } = await bring();
  renameSync(join(folder, "pictures"), join(folder, "moved"));
  const files = pictureFiles(workspace);
  const first = () => looking((store) => [...store.candidates.iterate(stage.id)][0]?.picture);
  await expect(files.bytes(first() as never)).rejects.toThrow(/cannot be read \(ENOENT\)/);
  expect(await bring({ place: join(folder, "moved") })).toMatchObject({ added: 0, known: 15 });
  expect((await files.bytes(first() as never)).length).toBe(first()?.bytes);
});

test("copied pictures outlive their source, byte for byte", async () => {
  const { stage } = await bring({ copy: true });
  rmSync(join(folder, "pictures"), { recursive: true });
  expect(readdirSync(join(workspace, "pictures")).sort()).toEqual(
    [...new Set(made.map(({ sha256 }) => sha256))].sort(),
  );
  for (const { sha256, bytes } of made)
    expect(readFileSync(join(workspace, "pictures", sha256)).equals(bytes)).toBe(true);
  expect(
    looking((store) =>
      [...store.candidates.iterate(stage.id)].every(
        ({ picture }) => picture?.place === `pictures/${picture?.sha256}`,
      ),
    ),
  ).toBe(true);
});

test("pictures that the file itself holds are copied, and stay so", async () => {
  mkdirSync(join(folder, "table"));
  const table = await layOut("table", join(folder, "table"), made, "parquet");
  expect(await bring({ place: table })).toMatchObject({ added: 15 });
  expect(readdirSync(join(workspace, "pictures"))).toHaveLength(
    new Set(made.map(({ sha256 }) => sha256)).size,
  );
});

test("a damaged picture at the end leaves the ledger as it was, and nothing copied", async () => {
  const whole = await encodedPicture(120, 90);
  const cut = Buffer.from(whole);
  // Inside of the compressed pixels: the header and the end are whole.
  cut.fill(0xff, Math.floor(cut.length / 2), Math.floor(cut.length / 2) + 40);
  writeFileSync(join(folder, "pictures", "zz.png"), cut);
  appendFileSync(join(folder, "pictures", "metadata.jsonl"), '{"file_name":"zz.png","text":"a cat"}\n');
  await expect(bring({ copy: true })).rejects.toThrow(
    /metadata\.jsonl, line 16: expected a whole picture, got one that cannot be decoded/,
  );
  expect(existsSync(workspace)).toBe(false);
});

test("a source is named as no checkpoint of the project is", async () => {
  await expect(bring({ from: "scenes-base" })).rejects.toThrow(/got "scenes-base", which is a/);
  await expect(bring({ from: "a\nb" })).rejects.toThrow(/1 to 100 letters, digits, spaces/);
  expect(existsSync(workspace)).toBe(false);
});

test("what a prompt asks for is known where its source says it, and free text stays text", async () => {
  const geneval = await layOut("geneval", join(folder, "geneval"), made);
  await bring({ place: geneval, from: "geneval" });
  const known = looking((store) => [
    ...store.candidates.ofSource(store.checkpoints.find("geneval")?.id as string),
  ]);
  const prompts = looking((store) => known.map(({ promptId }) => store.prompts.find(promptId)));
  expect(prompts[0]?.metadata).toMatchObject({ tag: "single_object", include: [{ class: "cat", count: 1 }] });
  await bring();
  const again = looking((store) => store.prompts.find(prompts[0]?.id as string));
  expect(again?.metadata).toEqual(prompts[0]?.metadata);
});

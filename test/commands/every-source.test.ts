import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore, type Store } from "../../src/adapters/store/index.js";
import { FORMAT_NAMES, type FormatName } from "../../src/config/formats.js";
import { PICTURE_LAYOUT_NAMES } from "../../src/config/picture-layouts.js";
import { workspacePaths } from "../../src/paths.js";
import { type JudgeServer, judgeServer, yes } from "../fixtures/judges/judge-server.js";
import { layOut, type MadePicture, makePictures } from "../fixtures/pictures.js";
import { runIn } from "./surroundings.js";

/** What a layout of sources says of a picture beside its prompt and bytes. */
const SAYS: Readonly<Record<(typeof PICTURE_LAYOUT_NAMES)[number], readonly ("seed" | "model")[]>> = {
  imagefolder: ["seed", "model"],
  table: ["seed", "model"],
  geneval: [],
  "text-beside": [],
  "in-picture": ["seed", "model"],
  "file-names": [],
};

/** What an export layout keeps of a picture of a pair beside prompt and bytes; `docs/formats.md` says the rest is lost. */
const KEEPS: Readonly<Partial<Record<FormatName, readonly ("seed" | "score" | "metadata")[]>>> = {
  arrow: ["seed", "score", "metadata"],
  "save-to-disk": ["seed", "score", "metadata"],
  parquet: ["seed", "score", "metadata"],
  "verl-omni": ["seed", "score"],
  imagefolder: ["seed", "score"],
  webdataset: ["seed", "score"],
  "flow-factory": ["seed", "score"],
};

let folder = "";
let server: JudgeServer;

/** The judge sees the number of a picture in its red, and says 0.9 and 0.2 by turns of two. */
const answerTo = (number: number) => (Math.floor(number / 2) % 2 === 0 ? 0.9 : 0.2);

async function numberIn(url: string): Promise<number> {
  const { channels } = await sharp(Buffer.from(url.split(",")[1] as string, "base64")).stats();
  return Math.floor(((channels[0]?.mean ?? 0) + 2) / 4);
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "espalier-every-source-"));
  server = await judgeServer(async ({ images }) => yes(answerTo(await numberIn(images[0] as string))));
  writeFileSync(
    join(folder, "eyes.json"),
    JSON.stringify({ kind: "http", model: "eyes", url: server.url, pause: 0.001, concurrency: 8 }),
  );
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

async function espalier(line: string): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await runIn(folder, [...line.split(" "), "--json"]);
  expect({ line, status, stderr: status === 0 ? "" : stderr }).toEqual({ line, status: 0, stderr: "" });
  return JSON.parse(stdout) as Record<string, unknown>;
}

function reading<Result>(workspace: string, read: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(join(folder, workspace)), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

/** Every pair: prompt, and of both pictures the hash and what is kept. */
function pairsOf(workspace: string, stage: string, keeps: readonly string[]): string[] {
  return reading(workspace, (store) => {
    const side = (id: string, score: number) => {
      const found = store.candidates.find(id);
      const said: Readonly<Record<string, unknown>> = { seed: found?.seed, score, metadata: found?.metadata };
      return [found?.picture?.sha256, ...keeps.map((name) => said[name])];
    };
    return [...store.pairs.iterate(stage)]
      .map((one) => [
        store.prompts.find(one.promptId)?.text,
        side(one.chosenId, one.chosenScore),
        side(one.rejectedId, one.rejectedScore),
      ])
      .map((row) => JSON.stringify(row))
      .sort();
  });
}

/** People agree with all pairs but the first, which they turn round. */
function review(workspace: string, stage: string): void {
  const store = openStore(workspacePaths(join(folder, workspace)), { lease: "never" });
  for (const [index, { chosenId, rejectedId }] of [...store.pairs.iterate(stage)].entries()) {
    const answer = index === 0 ? "right" : "left";
    store.reviews.answer({ stageId: stage, reviewer: "ann", leftId: chosenId, rightId: rejectedId, answer });
  }
  store.close();
}

function expectImported(workspace: string, made: readonly MadePicture[], layout: keyof typeof SAYS): void {
  const found = reading(workspace, (store) => [
    ...store.candidates.ofSource(store.checkpoints.find("mine")?.id as string),
  ]);
  expect(found).toHaveLength(60);
  const says = SAYS[layout];
  // Whoever writes texts into pictures changes their bytes: those of the layout count then.
  const known = new Map(made.map((one) => [one.sha256, one]));
  for (const { picture, seed, metadata, id } of found) {
    const one = known.get(picture.sha256);
    if (layout !== "in-picture") {
      const prompt = reading(workspace, (store) => {
        const candidate = store.candidates.find(id);
        return store.prompts.find(candidate?.promptId as string)?.text;
      });
      expect(prompt).toBe(one?.prompt);
    }
    if (says.includes("seed") && one) expect(seed).toBe(one.seed);
    if (says.includes("model")) expect(metadata).toMatchObject({ model: "outside-1" });
  }
}

/** The margins below 0: those of pairs that people turned round. */
function overruledIn(workspace: string, stage: string): number[] {
  const margins = reading(workspace, (store) => [...store.pairs.iterate(stage)].map(({ margin }) => margin));
  return margins.filter((margin) => margin < 0);
}

/** What does not come back is what the export said that it loses. */
function expectSaid(lost: readonly string[], keeps: readonly string[]): void {
  const words = { seed: /^seeds/, score: /^scores/, metadata: /metadata/ };
  for (const [name, word] of Object.entries(words))
    expect([name, lost.some((one) => word.test(one))]).toEqual([name, !keeps.includes(name)]);
}

describe("sixty pictures of five sizes are imported, judged over HTTP, paired, reviewed, exported and imported again", () => {
  for (const [at, layout] of PICTURE_LAYOUT_NAMES.entries()) {
    // Each source goes through some of the layouts, and all of them together through all.
    const formats = FORMAT_NAMES.filter((_, index) => index % PICTURE_LAYOUT_NAMES.length === at);
    test(`from ${layout}, through ${formats.join(" and ")}`, async () => {
      const made = await makePictures(layout === "in-picture" ? "png" : undefined);
      await layOut(layout, join(folder, layout), made);
      const workspace = `w-${layout}`;
      const on = `--workspace ${workspace}`;
      const imported = await espalier(`import-images ${layout} --from mine ${on}`);
      expect(imported).toMatchObject({ added: 60, known: 0 });
      expectImported(workspace, made, layout);
      await espalier(`score ${imported["id"]} --judge eyes.json ${on}`);
      const line = `pair ${imported["id"]} --judge eyes.json --policy best-versus-worst --pairs-per-prompt 2`;
      const paired = (await espalier(`${line} ${on}`))["id"] as string;
      const mined = pairsOf(workspace, paired, ["score"]);
      expect(mined).toHaveLength(12);
      for (const row of mined) {
        const [, [, chosen], [, rejected]] = JSON.parse(row) as [string, [string, number], [string, number]];
        expect([chosen, rejected]).toEqual([expect.closeTo(0.9, 6), expect.closeTo(0.2, 6)]);
      }
      review(workspace, paired);
      const decided = (await espalier(`decide ${paired} ${on}`))["id"] as string;
      expect(overruledIn(workspace, decided)).toEqual([expect.closeTo(-0.7, 6)]);
      for (const format of formats) {
        const out = `out-${format}${ENDINGS[format] ?? ""}`;
        const { lost } = await espalier(`export ${decided} --format ${format} --out ${out} ${on}`);
        expectSaid(lost as readonly string[], KEEPS[format] ?? []);
        const again = await espalier(`import ${out} --from mine --workspace again-${format}`);
        const keeps = KEEPS[format] ?? [];
        const before = pairsOf(workspace, decided, keeps);
        expect(before).toHaveLength(12);
        expect(pairsOf(`again-${format}`, again["id"] as string, keeps)).toEqual(before);
        const turned = keeps.includes("score") ? [expect.closeTo(-0.7, 6)] : [];
        expect(overruledIn(`again-${format}`, again["id"] as string)).toEqual(turned);
      }
    }, 120_000);
  }
});

const ENDINGS: Readonly<Partial<Record<FormatName, string>>> = {
  arrow: ".arrow",
  parquet: ".parquet",
  "pick-a-pic": ".parquet",
  trl: ".parquet",
};

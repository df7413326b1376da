import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { startCommand } from "../scripts/trials/command.js";
import { forget, openCache, openSandbox } from "../scripts/trials/sandbox.js";
import { openStore, type Store } from "../src/adapters/store/index.js";
import { PICTURE_LAYOUT_NAMES } from "../src/config/picture-layouts.js";
import { workspacePaths } from "../src/paths.js";
import { judgeServer, yes } from "./fixtures/judges/judge-server.js";
import { layOut, makePictures } from "./fixtures/pictures.js";

const cache = openCache();
const sandbox = openSandbox(cache);
afterAll(() => forget(cache));
const folder = join(sandbox.workspace, "..");

/** Whatever would start a Python or install one writes its name here and fails. */
const touched = join(folder, "python-was-started");
const traps = join(folder, "traps");
mkdirSync(traps);
for (const name of ["python", "python3", "uv", "pip"])
  writeFileSync(join(traps, name), `#!/bin/sh\necho "$0 $@" >> "${touched}"\nexit 1\n`, { mode: 0o755 });
const WITHOUT_PYTHON = {
  PATH: `${traps}:${process.env["PATH"]}`,
  ESPALIER_PYTHON: join(traps, "python"),
};

/** What was started of Python. */
function pythonStarted(): string {
  return existsSync(touched) ? readFileSync(touched, "utf8") : "";
}

/** The real command in a process of its own; what it said. */
async function espalier(line: string, code = 0): Promise<string> {
  const running = startCommand(line.split(" "), {
    sandbox,
    environment: WITHOUT_PYTHON,
    terminal: false,
    limit: 300,
  });
  const ended = await running.ended;
  expect({ line, code: ended.code, errors: ended.code === code ? "" : ended.errors }).toEqual({
    line,
    code,
    errors: "",
  });
  return ended.out + ended.errors;
}

function reading<Result>(read: (store: Store) => Result): Result {
  const store = openStore(workspacePaths(sandbox.workspace), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

const idIn = (text: string, name: string) => new RegExp(`${name} (\\w{16})`).exec(text)?.[1] as string;
/** What the judge says of the picture of a number: it sees the number in the red that the picture is made of. */
const scoreOf = (number: number) => (Math.floor(number / 2) % 2 === 0 ? 0.9 : 0.2);

async function numberIn(url: string): Promise<number> {
  const { channels } = await sharp(Buffer.from(url.split(",")[1] as string, "base64")).stats();
  return Math.floor(((channels[0]?.mean ?? 0) + 2) / 4);
}

test("sixty pictures go in, are judged over HTTP, paired, exported and come back as they were", async () => {
  const made = await makePictures();
  const pictures = await layOut("imagefolder", join(folder, "imagefolder"), made);
  const imported = await espalier(`import-images ${pictures} --from one`);
  expect(imported).toContain("60 pictures are new, 0 known.");
  const stage = idIn(imported, "candidates");

  const numbers = new Map(made.map(({ sha256 }, number) => [sha256, number]));
  const server = await judgeServer(async ({ images }) => yes(scoreOf(await numberIn(images[0] as string))));
  onTestFinished(() => server.close());
  const judge = join(folder, "eyes.json");
  writeFileSync(
    judge,
    JSON.stringify({ kind: "http", model: "eyes", url: server.url, pause: 0.001, concurrency: 8 }),
  );
  expect(await espalier(`score ${stage} --judge ${judge}`)).toMatch(/scored: 60\n {2}failed: 0/);
  const paired = await espalier(
    `pair ${stage} --judge ${judge} --policy best-versus-worst --pairs-per-prompt 3`,
  );
  const pairs = idIn(paired, "pairs");

  const out = join(folder, "pairs.parquet");
  await espalier(`export ${pairs} --out ${out}`);
  const back = await espalier(`import ${out} --from one`);
  const again = idIn(back, "pairs");
  const rows = (id: string) =>
    reading((store) =>
      [...store.pairs.iterate(id)].map((one) => [one.promptId, one.chosenId, one.rejectedId, one.margin]),
    );
  expect(rows(again)).toEqual(rows(pairs));
  for (const [, chosenId, rejectedId] of rows(pairs)) {
    const [chosen, rejected] = [chosenId, rejectedId].map((id) =>
      reading((store) => store.candidates.find(id as string)),
    );
    const [yesOf, noOf] = [chosen, rejected].map(
      (side) => numbers.get(side?.picture?.sha256 as string) as number,
    );
    const one = made[yesOf as number];
    expect(chosen).toMatchObject({ seed: one?.seed, metadata: { model: one?.model } });
    expect([scoreOf(yesOf as number), scoreOf(noOf as number)]).toEqual([0.9, 0.2]);
  }

  const judged = await espalier(`evaluate one --judge ${judge}`);
  expect(judged).toContain("60 images of 6 prompts");
  expect(await espalier("evaluate one", 2)).toContain("Name a judge of pictures, with --judge");
  expect(pythonStarted()).toBe("");
  expect(await espalier(`train ${pairs}`, 2)).toContain("are pairs of pictures");
}, 300_000);

test("each layout is imported by the same command, and nothing of Python is looked for", async () => {
  for (const layout of PICTURE_LAYOUT_NAMES.filter((name) => name !== "imagefolder")) {
    const made = await makePictures(layout === "in-picture" ? "png" : undefined);
    const place = await layOut(layout, join(folder, layout), made);
    const said = await espalier(`import-images ${place} --from ${layout}`);
    expect(said).toContain("60 pictures are new, 0 known.");
    const found = reading((store) => [
      ...store.candidates.ofSource(store.checkpoints.find(layout)?.id as string),
    ]);
    expect(new Set(found.map(({ picture }) => `${picture.width} x ${picture.height}`)).size).toBe(5);
    if (layout !== "in-picture")
      expect(found.map(({ picture }) => picture.sha256).sort()).toEqual(
        made.map(({ sha256 }) => sha256).sort(),
      );
  }
  expect(pythonStarted()).toBe("");
  // The trap catches: the path of a Python function is one that starts Python.
  const judge = join(folder, "own.json");
  writeFileSync(judge, JSON.stringify({ kind: "python", function: "mine:scores" }));
  const [{ id } = { id: "" }] = reading((store) =>
    store.runs
      .list()
      .flatMap((run) => store.stages.list(run.id))
      .filter(({ name }) => name === "candidates"),
  );
  await espalier(`score ${id} --judge ${judge}`, 1);
  expect(pythonStarted()).toContain("espalier_torch.look");
}, 300_000);

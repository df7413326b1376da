import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, test } from "vitest";
import { espalier as startEspalier } from "../espalier-command.js";
import { runIn } from "./surroundings.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-import-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const workspace = join(folder, "workspace");
const FIXTURES = resolve("test/fixtures/exchange");

const espalier = (...words: string[]) => runIn(folder, words);

test("import says what was left out and which stage the ties are, and twice is once", async () => {
  const line = ["import", join(FIXTURES, "zstd.parquet"), "--workspace", workspace];
  const first = await startEspalier(line, { cwd: folder });
  expect(first).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/pairs: 1\n {2}ties: count 1, stage [0-9a-f]{16}\n/),
  });
  const again = await espalier(...line);
  expect(again.stdout).toBe(first.stdout);
  const [, ties = ""] = /stage ([0-9a-f]{16})/.exec(first.stdout) ?? [];
  const [, pairs = ""] = /^pairs ([0-9a-f]{16})/.exec(first.stdout) ?? [];
  const out = await espalier(
    "export",
    pairs,
    ties,
    "--format",
    "verl-omni",
    "--workspace",
    workspace,
    "--out",
    "omni",
  );
  expect(out.stdout).toMatch(/1 pairs and 1 ties in .*omni\n/);
  expect(out.stdout).toMatch(/verl-omni cannot train from it as it is: it also wants img_win_latents/);
  expect(readdirSync(join(folder, "omni"))).toEqual(["images", "train.jsonl"]);
  const back = await espalier("import", "omni", "--workspace", workspace, "--json");
  expect(JSON.parse(back.stdout)).toMatchObject({
    summary: { pairs: 1, ties: { count: 1 }, preferences: 2 },
  });
}, 120_000);

test("pairs that are none are counted, and a refused file makes no workspace", async () => {
  const lines = join(folder, "lines");
  mkdirSync(lines);
  cpSync("test/contract/exports/jsonl/images/07878da3ca08c825250eafd8.png", join(lines, "a.png"));
  const row = { prompt: "a photo of a red circle", chosen: "a.png", rejected: "a.png" };
  writeFileSync(join(lines, "pairs.jsonl"), `${JSON.stringify(row)}\n${JSON.stringify(row)}\n`);
  const { status, stdout } = await espalier("import", "lines", "--workspace", workspace);
  expect(status).toBe(0);
  expect(stdout).toMatch(/pairs: 0\n.*2 pairs of an image and itself left out\n$/s);
  expect(stdout).not.toMatch(/Next/);
  const nowhere = join(folder, "nowhere");
  const refused = await espalier("import", join(FIXTURES, "two-splits"), "--workspace", nowhere);
  expect(refused).toMatchObject({
    status: 2,
    stderr: expect.stringMatching(/Name one: .*two-splits\/train, /),
  });
  expect(existsSync(nowhere)).toBe(false);
}, 120_000);

test("a list in JSON is read as lines are, on import and beside a released ranking", async () => {
  const list = join(folder, "list");
  cpSync("test/contract/exports/jsonl", list, { recursive: true });
  const rows = readFileSync(join(list, "pairs.jsonl"), "utf8").trim().split("\n");
  const pairs = rows.map((row) => JSON.parse(row)).filter((row) => "chosen" in row);
  writeFileSync(join(list, "array.json"), JSON.stringify(pairs, null, 2));
  const imported = await espalier("import", "list/array.json", "--workspace", workspace);
  expect(imported).toMatchObject({ status: 0, stderr: expect.not.stringContaining("error") });
  expect(imported.stdout).toContain(`pairs: ${pairs.length}`);

  const ranked = pairs.map(({ prompt, chosen, rejected }) => {
    return { prompt, image_path: [chosen, rejected], human_preference: [1, 0] };
  });
  writeFileSync(join(list, "hpd.json"), JSON.stringify(ranked));
  const { stdout } = await espalier("data", "list/array.json", "--against", "list/hpd.json", "--json");
  const images = 2 * pairs.length;
  expect(JSON.parse(stdout)).toMatchObject({ images: { images, identical: images } });

  writeFileSync(join(list, "cut.json"), JSON.stringify(pairs).slice(0, -1));
  const cut = await espalier("import", "list/cut.json", "--workspace", workspace);
  expect(cut).toMatchObject({ status: 2, stdout: "" });
  expect(cut.stderr).toMatch(
    new RegExp(`cut.json, after entry ${pairs.length}: expected a list in JSON, got no end`),
  );
}, 120_000);

test("a damaged import names the line that brought it, and repair says what it will do before it does it", async () => {
  const place = join(folder, "mended");
  const imported = await espalier("import", "list/array.json", "--workspace", place);
  const [, pairs = ""] = /^pairs ([0-9a-f]{16})/.exec(imported.stdout) ?? [];
  const files = readdirSync(join(place, "arrow")).map((name) => join(place, "arrow", name, "00000.arrow"));
  expect(files).toHaveLength(2);
  const whole = files.map((file) => readFileSync(file));
  for (const file of files) writeFileSync(file, "damaged");
  mkdirSync(join(place, "checkpoints/half.partial"), { recursive: true });

  const refused = await espalier("export", pairs, "--workspace", place);
  expect(refused).toMatchObject({ status: 2, stdout: "" });
  expect(refused.stderr).toContain(`To make it anew: espalier import list/array.json --workspace ${place}`);

  const planned = await espalier("repair", "--workspace", place);
  expect(planned.status).toBe(0);
  expect(planned.stdout).toMatch(/arrow\/pairs-\w{16}\/00000.arrow is damaged \(pairs \w{16}\)/);
  expect(planned.stdout).toContain(
    `To be given again: espalier import list/array.json --workspace ${place}\n`,
  );
  expect(planned.stdout).toContain("To be removed, left over: checkpoints/half.partial");
  expect(planned.stdout).toContain(`Next: espalier repair --yes --workspace ${place}`);
  expect(readFileSync(files[0] ?? "", "utf8")).toBe("damaged");

  const mended = await espalier("repair", "--yes", "--workspace", place, "--json");
  expect(JSON.parse(mended.stdout)).toEqual({ damaged: [], steps: [], beyond: [], leftovers: [] });
  expect(files.map((file) => readFileSync(file).equals(whole[files.indexOf(file)] as Buffer))).toEqual([
    true,
    true,
  ]);
}, 120_000);

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decodeImage } from "../../src/adapters/images/index.js";
import { writeParquet } from "../../src/adapters/parquet/index.js";
import { auditReport, judgesAgree } from "../../src/judges/audit/audit-report.js";
import { imageStatistics } from "../../src/judges/audit/image-statistics.js";
import type { JudgedPair } from "../../src/judges/audit/judged-pairs.js";
import { rankCorrelation } from "../../src/statistics/rank-correlation.js";
import { runLine } from "../commands/surroundings.js";
import { completion, type JudgeServer, judgeServer, type Received } from "../fixtures/judges/judge-server.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-audit-"));
const PROMPTS = Array.from({ length: 12 }, (_, index) => `prompt ${index}`);
let server: JudgeServer;
/** What the server's judge likes: light, or whatever is shown first. */
let likes: "light" | "first" = "light";

beforeAll(async () => {
  mkdirSync(join(folder, "images"));
  for (let shade = 0; shade < 6; shade++)
    writeFileSync(join(folder, "images", `${shade}.png`), await shaded(shade));
  server = await judgeServer(answer);
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The lighter, the larger the number; every second one is coloured. */
function shaded(shade: number): Promise<Buffer> {
  const light = 40 * (shade + 1);
  const background = { r: light, g: light, b: shade % 2 ? Math.round(light / 2) : light };
  return sharp({ create: { width: 8, height: 8, channels: 3, background } })
    .png()
    .toBuffer();
}

async function lightOf(url: string): Promise<number> {
  const { data } = await decodeImage(Buffer.from(url.split(",")[1] ?? "", "base64"));
  return (data[0] as number) / 255;
}

async function answer({ images }: Received) {
  const lights = await Promise.all(images.map(lightOf));
  const [one = 0, other] = lights;
  if (other === undefined) return completion("yes", { yes: 0.05 + 0.9 * one, no: 0.95 - 0.9 * one });
  const first = likes === "first" || one > other ? 0.9 : 0.1;
  return completion("A", { A: first, B: 1 - first });
}

function judgeFile(name: string, questions?: object): string {
  const file = join(folder, `${name}.json`);
  const wording = join(folder, `${name}-questions.json`);
  if (questions) writeFileSync(wording, JSON.stringify(questions));
  const settings = {
    kind: "http",
    url: server.url,
    model: "eyes",
    ...(questions ? { questions: wording } : {}),
  };
  writeFileSync(file, JSON.stringify(settings));
  return file;
}

const images = (...shades: number[]) => shades.map((shade) => `images/${shade}.png`);
const lines = (name: string, rows: readonly object[]) => {
  const file = join(folder, name);
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return file;
};

async function audited(judge: string, set: string, more = "") {
  const line = `judge audit ${judge} ${set} ${more} --json --workspace ${join(folder, "workspace")}`;
  const { code, out, errors } = await runLine(line);
  expect(errors).toBe("");
  expect(code).toBe(0);
  return JSON.parse(out) as { report: Readonly<Record<string, unknown>>; file: string; against: unknown };
}

test("sets of the trade say how often a judge prefers what people prefer", async () => {
  const judge = judgeFile("light");
  const imageReward = lines(
    "image-reward.jsonl",
    PROMPTS.map((prompt) => ({ prompt, generations: images(5, 1, 3), ranking: [1, 3, 2] })),
  );
  const hpd = lines(
    "hpd.jsonl",
    PROMPTS.map((prompt, at) => ({
      prompt,
      image_path: images(at % 3, 3 + (at % 2)),
      human_preference: at < 9 ? [0, 1] : [1, 0],
    })),
  );
  const pickAPic = join(folder, "pick-a-pic.parquet");
  const [dark, light] = await Promise.all([shaded(0), shaded(4)]);
  const columns = {
    caption: "text",
    jpg_0: "bytes",
    jpg_1: "bytes",
    label_0: "number",
    label_1: "number",
  } as const;
  const rows = PROMPTS.map((caption, at) => ({
    caption,
    jpg_0: dark,
    jpg_1: light,
    label_0: at < 3 ? 0.5 : 0,
    label_1: at < 3 ? 0.5 : 1,
  }));
  await writeParquet(pickAPic, columns, Readable.from(rows));
  expect((await audited(judge, imageReward)).report).toMatchObject({
    pairs: 36,
    failed: 0,
    agreement: { value: 1, low: 1, high: 1 },
    kappa: 1,
  });
  const { report } = await audited(judge, hpd);
  expect(report).toMatchObject({ pairs: 12, agreement: { value: 0.75 }, position: null });
  const agreement = report["agreement"] as { low: number; high: number };
  expect(agreement.low).toBeLessThan(0.75);
  expect(agreement.high).toBeGreaterThan(0.75);
  const picked = (await audited(judge, pickAPic)).report;
  expect(picked).toMatchObject({
    pairs: 12,
    agreement: { value: 1 },
    ties: { people: 3, judge: 0, shared: 0 },
  });
}, 60_000);

test("ratings of people are compared by rank", async () => {
  const judge = judgeFile("light");
  const genai = lines(
    "genai.jsonl",
    PROMPTS.map((prompt, at) => ({ prompt, image: images(at % 6)[0], ratings: [at % 6, (at % 6) + 1] })),
  );
  expect((await audited(judge, genai)).report).toMatchObject({
    column: "ratings",
    pictures: 12,
    failed: 0,
    correlation: { value: 1 },
  });
  const rich = lines(
    "rich.jsonl",
    PROMPTS.map((prompt, at) => ({
      prompt,
      image: images(at % 6)[0],
      artifact_score: 1 - (at % 6) / 6,
      overall_score: 0.5,
    })),
  );
  const { report } = await audited(judge, rich, "--rating artifact_score");
  expect((report["correlation"] as { value: number }).value).toBeCloseTo(-1, 9);
  expect((await audited(judge, rich)).report).toMatchObject({ column: "overall_score", correlation: null });
}, 60_000);

test("a bias for the first picture and a taste for light are found, and the page shows what was wrong", async () => {
  const set = lines(
    "dark.jsonl",
    PROMPTS.map((prompt) => ({ prompt, generations: images(0, 4), ranking: [1, 2] })),
  );
  const pairwise = { outcome: { kind: "pairwise" } };
  const comparing = judgeFile("comparing", pairwise);
  likes = "first";
  const { report, file } = await audited(comparing, set);
  expect(report).toMatchObject({
    position: { first: { value: 1 }, dependsOnOrder: { value: 1 } },
    agreement: { value: 0.5 },
  });
  expect(readFileSync(file, "utf8")).not.toContain("data:image/jpeg");
  likes = "light";
  const other = judgeFile("other-comparing", {
    outcome: { kind: "pairwise", ask: "{first} {second} Which?" },
  });
  const taste = await audited(other, set, `--against ${judgeFile("light")}`);
  expect(taste.report).toMatchObject({
    position: { first: { value: 0.5 }, dependsOnOrder: { value: 0 } },
    agreement: { value: 0 },
  });
  expect(taste.against).toEqual({ judge: "light", pairs: 12, same: 1, kappa: null });
  expect(readFileSync(taste.file, "utf8").match(/data:image\/jpeg/g)).toHaveLength(24);
}, 60_000);

test("the numbers are those of their definitions", () => {
  expect(rankCorrelation([1, 2, 3, 4], [10, 20, 40, 30])).toBeCloseTo(0.8, 12);
  expect(rankCorrelation([1, 1, 2], [3, 3, 9])).toBeCloseTo(1, 12);
  expect(rankCorrelation([1, 2], [5, 5])).toBeNaN();
  const white = imageStatistics({ width: 2, height: 1, data: Uint8Array.from([255, 255, 255, 0, 0, 0]) });
  expect(white).toEqual({
    brightness: expect.closeTo(0.5, 9) as number,
    saturation: 0,
    contrast: expect.closeTo(0.5, 9) as number,
    size: 2e-6,
  });
  const pair = (label: number, first: number | undefined, light: number): JudgedPair => ({
    ...{ promptId: `${label} ${first} ${light}`, words: 3, label, where: "", first },
    ...(first === undefined ? { reason: "blind" } : {}),
    difference: { brightness: light, saturation: 0, contrast: 0, size: 0 },
  });
  const pairs = [
    pair(1, 0.9, 0.4),
    pair(0, 0.2, -0.1),
    pair(1, 0.3, -0.3),
    pair(0.5, 0.5, 0),
    pair(0, undefined, 0.2),
  ];
  const report = auditReport(pairs);
  expect(report).toMatchObject({
    pairs: 5,
    failed: 1,
    reasons: { blind: 1 },
    ties: { people: 1, judge: 1, shared: 1 },
  });
  expect(report.agreement?.value).toBeCloseTo(2 / 3, 12);
  expect(report.style["brightness"]?.judge).toBeGreaterThan(0.5);
  expect(report.style["saturation"]).toEqual({ judge: null, people: null });
  // |0.9 - 1|, |0.2 - 0| and |0.3 - 1|, each in a bin of its own.
  expect(report.calibrationError).toBeCloseTo((0.1 + 0.2 + 0.7) / 3, 12);
  expect(judgesAgree(pairs, [pair(1, 0.6, 0), pair(1, 0.7, 0), pair(1, undefined, 0)])).toMatchObject({
    pairs: 2,
    same: 0.5,
  });
});

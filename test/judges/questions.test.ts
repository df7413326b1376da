import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { JudgeItem } from "../../src/records/seams.js";
import { completion, type Received, type Reply } from "../fixtures/judges/judge-server.js";
import { httpJudge, item, picture, served } from "./judge-fixtures.js";

function questionsFile(questions: object): string {
  const folder = mkdtempSync(join(tmpdir(), "espalier-questions-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "questions.json");
  writeFileSync(file, JSON.stringify(questions));
  return file;
}

/** The verdict on one picture under an outcome question. */
async function asked(outcome: object, answer: (call: Received) => Reply, about: JudgeItem = item(1)) {
  const server = await served(answer);
  const judge = httpJudge(server.url, { questions: questionsFile({ outcome }) });
  const [verdict] = await judge.ask("outcome", [about]);
  return { verdict, received: server.received };
}

const say = (share: number) => completion("yes", { yes: share, no: 1 - share });
const near = (value: number) => expect.closeTo(value, 9) as number;

test("turns, the picture's place and the prompt come as the file has them; braces of a prompt stand for themselves", async () => {
  const ask = ["Before {image} after.", "yes", 'Is it "{prompt}"?'];
  const { received } = await asked({ kind: "yes-no", ask }, () => say(0.5), item(1, "a {image} of {prompt}"));
  const [call] = received;
  const messages = call?.body.messages ?? [];
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  const [first] = messages;
  const parts = first?.content as readonly { text?: string }[];
  expect(parts.map(({ text }) => text ?? "picture")).toEqual(["Before", "picture", "after."]);
  expect(messages[2]?.content).toBe('Is it "a {image} of {prompt}"?');
  expect(call?.images[0]).toMatch(/^data:image\/png;base64,iVBOR/);
});

test("a short scale is the mean over its digits, a long one the number that is written", async () => {
  const short = { kind: "scale", ask: "{image} From 1 to 5?", low: 1, high: 5 };
  const digits = completion("4", { "4": 0.6, " 5": 0.3, "3": 0.1 });
  expect((await asked(short, () => digits)).verdict).toEqual({ kind: "scored", score: near((4.2 - 1) / 4) });
  const long = { kind: "scale", ask: "{image} From 0 to 10?", low: 0, high: 10 };
  expect((await asked(long, () => completion(" 7.5\n"))).verdict).toEqual({ kind: "scored", score: 0.75 });
  for (const text of ["11", "-1", "7/10", "seven", "7 or 8"]) {
    expect((await asked(long, () => completion(text))).verdict).toMatchObject({
      kind: "failed",
      reason: expect.stringMatching(/expected a number from 0 to 10 alone/) as string,
    });
  }
});

test("criteria are weighed, and every answer is kept; one that fails fails the whole", async () => {
  const criteria = [
    { name: "alignment", weight: 3, kind: "yes-no", ask: "{image} aligned?" },
    { name: "quality", kind: "scale", ask: "{image} quality?", low: 1, high: 5 },
  ];
  const answer = ({ text }: Received) => (text.includes("aligned") ? say(0.9) : completion("3", { "3": 1 }));
  const { verdict } = await asked({ kind: "criteria", criteria }, answer);
  expect(verdict).toEqual({
    kind: "scored",
    score: near((3 * 0.9 + 0.5) / 4),
    parts: [
      { name: "alignment", score: near(0.9) },
      { name: "quality", score: near(0.5) },
    ],
  });
  const broken = ({ text }: Received) => (text.includes("aligned") ? say(0.9) : completion("good"));
  expect((await asked({ kind: "criteria", criteria }, broken)).verdict).toMatchObject({
    kind: "failed",
    reason: expect.stringMatching(/^quality: /) as string,
  });
});

test("a prompt is split by its structure, or by the judge, and scored by the mean of its parts", async () => {
  const metadata = {
    ...{ tag: "position", prompt: "a red star left of two rings" },
    include: [
      { class: "ring", count: 2 },
      { class: "star", count: 1, color: "red", position: ["left of", 0] as const },
    ],
  };
  const structured = { prompt: { id: "p", text: metadata.prompt, metadata }, image: picture(1) };
  const known = await asked(
    { kind: "atomic" },
    ({ text }) => say(/left of/.test(text) ? 0.25 : 0.75),
    structured,
  );
  const names = [
    "Does the picture show at least one ring?",
    "Is the number of ring objects in it exactly 2?",
    "Does the picture show at least one star?",
    "Is the star red?",
    "Is the red star left of the ring?",
  ];
  expect(known.verdict).toMatchObject({ kind: "scored", score: near(0.65) });
  expect(known.verdict).toMatchObject({
    parts: names.map((name, at) => ({ name, score: near(at < 4 ? 0.75 : 0.25) })),
  });
  const list = (text: string) => (call: Received) =>
    call.images.length === 0 ? completion(text) : say(0.25);
  const split = await asked({ kind: "atomic" }, list('```json\n["Is it red?", "Is it a star?"]\n```'));
  expect(split.verdict).toMatchObject({ kind: "scored", score: near(0.25) });
  expect(split.received).toHaveLength(3);
  for (const text of [
    "1. Is it red?",
    "[]",
    '["a", 2]',
    JSON.stringify(Array.from({ length: 13 }, () => "Is it?")),
  ]) {
    expect((await asked({ kind: "atomic" }, list(text))).verdict).toMatchObject({
      kind: "failed",
      reason: expect.stringMatching(/expected a JSON list of 1 to 12 questions/) as string,
    });
  }
});

test("pictures of a prompt are ranked in both orders; answers that the order decides are ties, and counted", async () => {
  const shades = [10, 200, 90, 150];
  const items = shades.map((shade) => item(shade));
  const isBrighter = async ({ images }: Received) => {
    const [one = 0, other = 0] = await Promise.all(images.map(brightness));
    return completion("A", { A: one > other ? 0.9 : 0.1, B: one > other ? 0.1 : 0.9 });
  };
  const server = await served(isBrighter);
  const file = questionsFile({ outcome: { kind: "pairwise", until: "ends", confidence: 0.99 } });
  const judge = httpJudge(server.url, { questions: file });
  expect(judge.isRelative).toBe(true);
  const verdicts = await judge.ask("outcome", items);
  const scores = verdicts.map((verdict) => (verdict.kind === "scored" ? verdict.score : Number.NaN));
  expect([...scores.keys()].sort((one, other) => (scores[other] ?? 0) - (scores[one] ?? 0))).toEqual([
    1, 3, 2, 0,
  ]);
  expect(scores.reduce((sum, score) => sum + score, 0) / 4).toBeCloseTo(0.5, 6);
  expect(server.received).toHaveLength(12);
  expect(new Set(server.received.map(({ images }) => images.join())).size).toBe(12);

  const first = await served(() => completion("A", { A: 0.9, B: 0.1 }));
  const biased = await httpJudge(first.url, { questions: file }).ask("outcome", items);
  for (const verdict of biased) {
    expect(verdict).toMatchObject({ kind: "scored", score: near(0.5) });
    expect(verdict).toMatchObject({
      parts: [{ name: "low" }, { name: "high" }, { name: "depends on the order", score: 1 }],
    });
  }
  const alone = await httpJudge(first.url, { questions: file }).ask("outcome", [item(1, "another prompt")]);
  expect(alone[0]).toMatchObject({
    kind: "failed",
    reason: expect.stringContaining("only picture") as string,
  });
});

test("a file of questions that is wrong names all of it", () => {
  const open = (questions: object) => () =>
    httpJudge("http://localhost:1", { questions: questionsFile(questions) });
  expect(open({ outcome: { kind: "yes-no", ask: "no picture" }, quality: {} })).toThrow(
    /"outcome\.ask" to be a text, or turns[\s\S]*Unknown setting "quality"/,
  );
  expect(open({ outcome: { kind: "scale", ask: "{image}", low: 5, high: 1 } })).toThrow(
    /"outcome\.high" to be above low/,
  );
  expect(open({ compare: { kind: "pairwise", ask: "{first} or what?" } })).toThrow(/{second} once each/);
  expect(() => httpJudge("http://localhost:1", { questions: "/nowhere.json" })).toThrow(/cannot be read/);
});

/** Of the picture in a data URL: its shade. */
async function brightness(url: string): Promise<number> {
  const { decodeImage } = await import("../../src/adapters/images/index.js");
  const { data } = await decodeImage(Buffer.from(url.split(",")[1] ?? "", "base64"));
  return data[0] ?? 0;
}

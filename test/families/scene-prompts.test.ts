import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PromptError } from "../../src/errors.js";
import { readPrompts } from "../../src/families/scene-prompts.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "prompts-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const written = (text: string) => {
  const file = join(folder, "prompts.txt");
  writeFileSync(file, text);
  return file;
};

describe("readPrompts", () => {
  it("reads plain lines and GenEval JSONL, skips blank lines and keeps repeats once", async () => {
    const line =
      '{"tag":"colors","include":[{"class":"star","count":1,"color":"red"}],"prompt":"a photo of a red star"}';
    const { prompts, duplicates } = await readPrompts(written(`${line}\r\n\n  \na red star\nthree rings\n`));
    expect(prompts.map((prompt) => prompt.text)).toEqual(["a photo of a red star", "a photo of three rings"]);
    expect(prompts[0]?.metadata).toEqual(JSON.parse(line));
    expect(duplicates).toBe(1);
  });

  it("gives the first 16 hex digits of sha256 of the text as id", async () => {
    const { prompts } = await readPrompts(written("a star"));
    expect(prompts[0]?.id).toBe("18188c841c951e8e");
  });

  it("reads the shipped sets without repeats", async () => {
    for (const [name, count] of [
      ["train", 896],
      ["held-out", 354],
    ] as const) {
      const { prompts, duplicates } = await readPrompts(`data/prompts/${name}.jsonl`);
      expect([prompts.length, duplicates]).toEqual([count, 0]);
    }
  });

  /** A ring placed against a star. */
  const placed = (relation: string, target: number) =>
    JSON.stringify({
      tag: "position",
      include: [
        { class: "star", count: 1 },
        { class: "ring", count: 1, position: [relation, target] },
      ],
      prompt: "a photo of a ring above a star",
    });

  it.each([
    ["a star\n\na dog\n", /prompts\.txt, line 3: .*"dog" \(nearest known word/],
    ['{"tag": \n', /line 1: expected one JSON object on the line/],
    ['{"tag":"colors","prompt":"a star"}\n', /line 1: expected GenEval metadata.*include is wrong/],
    ['{"tag":"x","include":[{"class":"dog","count":1}],"prompt":"a star"}', /a class of circle.*got "dog"/],
    [
      placed("under", 0),
      /line 1: .*include\.1\.position\.0 is wrong \(.*"left of"\|"right of"\|"above"\|"below"/,
    ],
    [placed("on", 0), /include\.1\.position\.0 is wrong/],
    [
      placed("above", 99),
      /include\.1\.position\.1 is wrong \(expected the place of an earlier clause, below 1, got 99\)/,
    ],
    [placed("above", 1), /earlier clause, below 1, got 1/],
    [placed("above", 1e12), /include\.1\.position\.1 is wrong/],
    ['{"tag":"colors","include":[{"class":"star","count":1e9}],"prompt":"a star"}', /count is wrong.*<=100/],
    [
      '{"tag":"colors","include":[{"class":"star","count":1}],"prompt":" "}',
      /line 1: expected a prompt, got nothing in it/,
    ],
    ["\n \n", /holds no prompts/],
  ])("refuses %j and says where", async (text, message) => {
    await expect(readPrompts(written(text))).rejects.toThrow(PromptError);
    await expect(readPrompts(written(text))).rejects.toThrow(message);
  });

  it("says which file is missing", async () => {
    await expect(readPrompts(join(folder, "absent.txt"))).rejects.toThrow(
      /absent\.txt cannot be read.*ENOENT/,
    );
  });
});

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TrainingScene, writeTrainingScenes } from "../../../src/adapters/arrow/training-scenes.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "training-scenes-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function* scenes(count: number): Generator<TrainingScene> {
  for (let index = 0; index < count; index++) {
    const wrongTexts = Uint16Array.from({ length: 4 }, (_, at) => index * 4 + at);
    yield {
      task: `task ${index % 3}`,
      pixels: Uint8Array.of(index % 256, 7, 9),
      text: Uint16Array.of(index, 1),
      wrongTexts,
      falsehoods: Uint16Array.of(index % 2),
      reasons: Uint16Array.of(3),
      places: Uint16Array.of(9, 255),
      phrases: Uint16Array.of(1, 0, 0, 0),
    };
  }
}

describe("writeTrainingScenes", () => {
  it("writes every row over several batches and leaves no temporary file", async () => {
    const file = join(folder, "scenes.arrow");
    expect(await writeTrainingScenes(scenes(4100), file, ["swapped", "other"])).toBe(4100);
    expect(readdirSync(folder)).toEqual(["scenes.arrow"]);
    const table = tableFromIPC(readFileSync(file));
    expect([table.numRows, table.batches.length]).toEqual([4100, 3]);
    expect(table.schema.fields.map((field) => `${field.name} ${field.type}`)).toEqual([
      "pixels FixedSizeBinary[3]",
      "text FixedSizeList[2]<Uint16>",
      "wrong_texts FixedSizeList[4]<Uint16>",
      "falsehoods FixedSizeList[1]<Uint16>",
      "reasons FixedSizeList[1]<Uint16>",
      "places FixedSizeList[2]<Uint16>",
      "phrases FixedSizeList[4]<Uint16>",
      "task Utf8",
    ]);
    const last = table.get(4099);
    expect(Object.fromEntries(table.schema.metadata)).toEqual({
      falsehoods: '["swapped","other"]',
    });
    const { pixels, text, wrong_texts: wrongTexts, places, task } = last?.toJSON() ?? {};
    expect([...places]).toEqual([9, 255]);
    expect([...pixels]).toEqual([4099 % 256, 7, 9]);
    expect([...text]).toEqual([4099, 1]);
    expect([...wrongTexts]).toEqual([16396, 16397, 16398, 16399]);
    expect(task).toBe("task 1");
  });

  it("leaves nothing behind when the scenes end in an error", async () => {
    function* failing() {
      yield* scenes(2500);
      throw new Error("no scene");
    }
    const file = join(folder, "failing.arrow");
    await expect(writeTrainingScenes(failing(), file, [])).rejects.toThrow("no scene");
    expect(readdirSync(folder)).toEqual(["scenes.arrow"]);
  });
});

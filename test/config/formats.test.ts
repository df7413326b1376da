import { expect, test } from "vitest";
import { FORMAT_FACTS, FORMAT_NAMES, lostIn } from "../../src/config/formats.js";

test("of pictures no tokens are lost, and what was said of them wherever the layout is not the house's", () => {
  for (const name of FORMAT_NAMES) {
    expect(lostIn(name, "grids")).toEqual(FORMAT_FACTS[name].cannotHold);
    expect(lostIn(name, "pictures").join()).not.toMatch(/tokens/);
  }
  const whole = FORMAT_NAMES.filter((name) => !lostIn(name, "pictures").join().includes("metadata"));
  expect(whole).toEqual(["arrow", "save-to-disk", "parquet"]);
  expect(lostIn("webdataset", "pictures")).toEqual([
    "policy, review and shared steps (they stay in the ledger)",
    "tasks (they are read from the prompt again)",
    "ties (they are left out)",
    "what was said of the pictures (metadata)",
  ]);
});

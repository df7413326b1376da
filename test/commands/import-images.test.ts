import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import sharp from "sharp";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { encodedPicture, layOut, type MadePicture, makePictures } from "../fixtures/pictures.js";
import { runIn } from "./surroundings.js";

let made: readonly MadePicture[];
let folder = "";
beforeAll(async () => {
  made = (await makePictures()).slice(0, 6);
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "espalier-import-images-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
});

const bring = (...words: string[]) =>
  runIn(folder, ["import-images", ...words, "--from", "sdxl", "--workspace", "w"]);
const sql = async (query: string) =>
  (await runIn(folder, ["sql", query, "--workspace", "w", "--json"])).stdout;

test("pictures of a phone and of sixteen bits are brought, by a limit that is raised", async () => {
  const png = await encodedPicture(60, 40);
  const phone = await sharp(png).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  const place = await layOut("text-beside", join(folder, "mine"), made);
  writeFileSync(join(place, "phone.jpg"), Buffer.concat([phone, Buffer.alloc(300, 9)]));
  writeFileSync(join(place, "phone.txt"), "a phone's");
  writeFileSync(join(place, "deep.png"), await sharp(png).toColourspace("rgb16").png().toBuffer());
  writeFileSync(join(place, "deep.txt"), "sixteen bits");
  const refused = await bring("mine", "--most-pixels", "2399");
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain(
    "deep.png: expected at most 2399 pixels, got 60 x 40 = 2400. Make it smaller, or allow more with --most-pixels.",
  );
  expect(existsSync(join(folder, "w"))).toBe(false);
  const long = await bring("mine", "--most-bytes", "300");
  expect([long.status, long.stdout]).toEqual([2, ""]);
  expect(long.stderr).toMatch(
    /expected a picture of at most 300 bytes, got \d+: .*phone\.jpg\. Make it smaller, or allow more with --most-bytes/,
  );
  const found = await bring("mine", "--most-pixels", "2400", "--most-bytes", "5000");
  expect(found.stderr).not.toContain("expected");
  expect(found.status).toBe(0);
  expect(found.stdout).toContain("8 pictures are new, 0 known.");
});

test("every layout is found out, and a bad line leaves the workspace as it was", async () => {
  const place = await layOut("imagefolder", join(folder, "a"), made);
  expect((await bring("a")).status).toBe(0);
  const before = await sql("select count(*) as n from candidates");
  const ledger = readdirSync(join(folder, "w")).sort();
  writeFileSync(
    join(place, "metadata.jsonl"),
    `${readFileSync(join(place, "metadata.jsonl"), "utf8")}{"file_name": "gone.png", "prompt": "x"}\n`,
  );
  const refused = await bring("a");
  expect([refused.status, refused.stdout]).toEqual([2, ""]);
  expect(refused.stderr).toContain("metadata.jsonl, line 7: expected a picture, got no such file");
  expect(await sql("select count(*) as n from candidates")).toBe(before);
  expect(readdirSync(join(folder, "w")).sort()).toEqual(ledger);
  for (const layout of ["geneval", "file-names"] as const) {
    await layOut(layout, join(folder, layout), made);
    expect((await bring(layout)).stdout).toContain("0 pictures are new, 6 known.");
  }
});

test("repair names pictures that are gone from where they stayed, or have other bytes there", async () => {
  const place = await layOut("imagefolder", join(folder, "a"), made);
  expect((await bring("a")).status).toBe(0);
  expect((await runIn(folder, ["repair", "--workspace", "w"])).stdout).toContain("is whole");
  const [first = "", second = ""] = readdirSync(join(place, "images"));
  rmSync(join(place, "images", first));
  writeFileSync(join(place, "images", second), "another");
  const found = await runIn(folder, ["repair", "--workspace", "w", "--json"]);
  const { damaged, beyond, steps } = JSON.parse(found.stdout) as {
    damaged: { place: string; said: string }[];
    beyond: { place: string; cure: string }[];
    steps: unknown[];
  };
  const said = new Map(damaged.map((one) => [basename(one.place), one.said]));
  expect(said).toEqual(
    new Map([
      [first, "missing"],
      [second, "damaged"],
    ]),
  );
  expect(steps).toEqual([]);
  expect(beyond.every(({ cure }) => cure.includes("import-images PLACE --from NAME --workspace w"))).toBe(
    true,
  );
  expect((await runIn(folder, ["repair", "--yes", "--workspace", "w"])).status).toBe(2);
  // Where they lie whole, the same command finds them by their hash.
  await layOut("imagefolder", join(folder, "b"), made);
  expect((await bring("b")).stdout).toContain("0 pictures are new, 6 known.");
  expect((await runIn(folder, ["repair", "--workspace", "w"])).stdout).toContain("is whole");
});

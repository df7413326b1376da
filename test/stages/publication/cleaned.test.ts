import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { StoreError } from "../../../src/errors.js";
import type { Bundle } from "../../../src/records/bundle.js";
import { fenced, plain } from "../../../src/stages/publication/card.js";
import { cleanedBundle } from "../../../src/stages/publication/cleaned.js";
import { ownPlaces, withoutPlaces } from "../../../src/stages/publication/own-places.js";

const folder = mkdtempSync(join(tmpdir(), "espalier-cleaned-"));
afterAll(() => rmSync(folder, { recursive: true }));
const PLACES = ownPlaces("/srv/ann work/w", "/srv/ann work/w/.hidden", "/data");

describe("a text that leaves this machine", () => {
  test.each([
    ["from /srv/ann work/w/prompts/train.txt, line 3", "from train.txt, line 3"],
    ["outside:/data/models/show-o/", "outside:show-o"],
    ["file:///data/w.png and --workspace=/data/w", "w.png and --workspace=w"],
    ["in /data", "in ."],
    ["of another user: /home/ben/x/y.txt, /Users/ben/z", "of another user: y.txt, z"],
    ["/home/ben and C:\\\\Users\\\\ben\\\\models\\\\a.onnx", ". and a.onnx"],
    ['{"folder": "/anywhere/else/step-1", "ratio": "1/2/3"}', '{"folder": "step-1", "ratio": "1/2/3"}'],
    ["data/00000.arrow at https://host/data/x", "data/00000.arrow at https://host/data/x"],
    [`<g a="x"/><line b="/c"/>`, `<g a="x"/><line b="/c"/>`],
    ["iVBOR/data/AAA+/data/BBB", "iVBOR/data/AAA+/data/BBB"],
  ])("%j says no place of it", (text, cleaned) => {
    expect(withoutPlaces(text, PLACES)).toBe(cleaned);
  });
});

describe("a bundle that leaves this machine", () => {
  const bundle = (files: Bundle["files"], provenance = {}): Bundle => {
    return { kind: "report", title: "t", files, provenance };
  };

  test("has no path in any text, made here or read from a file, nor in its provenance", async () => {
    const file = join(folder, "events.jsonl");
    writeFileSync(file, `{"folder":"${folder}/step-1"}\n`);
    const files = [
      { path: "events.jsonl", content: { file } },
      { path: "README.md", content: `made in ${folder}/w` },
      { path: "a.png", content: Uint8Array.of(1, 2) },
    ];
    const cleaned = await cleanedBundle(bundle(files, { origin: `${folder}/p.txt` }), ownPlaces());
    expect(cleaned.files.map(({ content }) => content)).toEqual([
      '{"folder":"step-1"}\n',
      "made in w",
      Uint8Array.of(1, 2),
    ]);
    expect(cleaned.provenance).toEqual({ origin: "p.txt" });
  });

  test("is refused with a secret in a text or in bytes, or with a path in bytes", async () => {
    const token = `hf_${"a1B2c3D4".repeat(4)}`;
    const file = join(folder, "weights.safetensors");
    const padding = Buffer.alloc(65_530, ".");
    for (const [secret, named] of [
      [token, "hf_a..."],
      ["https://ann:pass@host/x", "://a..."],
      ["-----BEGIN RSA PRIVATE KEY-----", "----..."],
    ] as const) {
      writeFileSync(file, Buffer.concat([padding, Buffer.from(secret)]));
      for (const content of [{ file }, `text ${secret}`]) {
        const refused = cleanedBundle(bundle([{ path: "x.safetensors", content }]), PLACES);
        await expect(refused).rejects.toThrow(StoreError);
        await expect(refused).rejects.toThrow(
          `x.safetensors holds what looks like a token, a password or a key (${named})`,
        );
        await expect(refused).rejects.not.toThrow(secret);
      }
    }
    writeFileSync(file, Buffer.concat([padding, Buffer.from(`${folder}/model.py`)]));
    await expect(cleanedBundle(bundle([{ path: "x.onnx", content: { file } }]), [folder])).rejects.toThrow(
      `x.onnx names ${folder}, a folder of this machine`,
    );
    const provenance = { note: token };
    await expect(cleanedBundle(bundle([], provenance), PLACES)).rejects.toThrow(/provenance holds/);
  });
});

test("a card shows other people's text as it is", () => {
  expect(plain("# <img src=x> ![a](b) ~~c~~ $d$ \n e")).toBe(
    "\\# \\<img src=x\\> \\!\\[a\\](b) \\~\\~c\\~\\~ \\$d\\$ e",
  );
  expect(fenced("text", "a\n~~~~~\n# b")).toBe("~~~~~~text\na\n~~~~~\n# b\n~~~~~~");
});

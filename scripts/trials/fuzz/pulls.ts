import { createHash } from "node:crypto";
import type { FuzzMaker } from "./fuzz-case.js";
import { mutateBytes, mutateJson, oddWord } from "./odd.js";

const KINDS = { pairs: "dataset", checkpoint: "model", report: "space" } as const;
const FILES = { "README.md": "# Stars\n", "data/00000.arrow": "not read here", "checkpoint.json": "{}" };
const UNSAFE = [
  "../out.json",
  "/tmp/out.json",
  "a/../../out.json",
  ".hidden.json",
  "a\\b.json",
  "model.pkl",
  "CON.json",
];

/** Repositories whose manifest, files or names are not what push brings. */
export const pulls: FuzzMaker = (chance, _material, name) => {
  const kind = chance.pick(Object.keys(KINDS) as (keyof typeof KINDS)[]);
  const files: Record<string, string | Uint8Array> = { ...FILES };
  const facts = Object.entries(files).map(([path, content]) => [path, factsOf(content)] as const);
  const manifest = { format: 1, kind, provenance: { judge: "j" }, files: Object.fromEntries(facts) };
  if (chance.is(0.3)) {
    const path = chance.pick([...UNSAFE, oddWord(chance)]);
    Object.assign(manifest.files, { [path]: factsOf("x") });
    if (!path.includes("..") && path !== "") files[path] = "x";
  }
  const text = JSON.stringify(chance.is(0.6) ? mutateJson(chance, manifest) : manifest);
  files["espalier.json"] = chance.is(0.1) ? mutateBytes(chance, Buffer.from(text)) : text;
  if (chance.is(0.3)) files["README.md"] = "changed";
  const folder = `${name}-pulled`;
  const words = ["pull", chance.is(0.95) ? kind : oddWord(chance), `ann/${name}`, folder];
  return { words, outputs: [folder], repository: { type: KINDS[kind], name: `ann/${name}`, files } };
};

function factsOf(content: string | Uint8Array) {
  return { sha256: createHash("sha256").update(content).digest("hex"), bytes: content.length };
}

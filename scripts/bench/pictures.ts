/**
 * Pictures imported by reference, hashed, scored by a made-up judge, paired, thumbnailed for review and exported to Parquet through the real
 * stages: pictures per second, peak memory at a thousand and at a hundred thousand (each in a process of its own), and the bytes that
 * the workspace gains for a picture, against `datasets`' imagefolder reading the same files where that is installed. Few different pictures
 * are drawn, each file with bytes of its own. The last line is one JSON object.
 *
 *   npm run bench:pictures -- [--pictures 100000] [--small 1000] [--kilobytes 100]
 */
import "../explain-faults.js";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { execa } from "execa";
import sharp from "sharp";
import { boundHeap } from "../../src/adapters/heap.js";
import { openStore } from "../../src/adapters/store/index.js";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { BUNDLED_FAMILY } from "../../src/families/bundled-family.js";
import { workspacePaths } from "../../src/paths.js";
import { pictureFiles } from "../../src/pictures/picture-files.js";
import { exportFrom } from "../../src/runner/single-stages/import-export.js";
import { importPicturesFrom } from "../../src/runner/single-stages/import-pictures.js";
import { pair, score } from "../../src/runner/single-stages/single-stages.js";

const { values: flags } = parseArgs({
  options: {
    pictures: { type: "string", default: "100000" },
    small: { type: "string", default: "1000" },
    kilobytes: { type: "string", default: "100" },
    /** Internal: measure so many pictures of this folder, in this process. */
    measure: { type: "string" },
    folder: { type: "string" },
  },
});

const PER_PROMPT = 4;
/** Different pictures that are drawn; each file differs from all others by what stands behind its last mark. */
const DRAWN = 16;
/** Longest side of a picture in a review. */
const SHOWN_SIDE = 1024;

const END_OF_JPEG = Buffer.from([0xff, 0xd9]);

const CONFIG = freezeConfig({ name: "bench", rounds: 1 });
const RULES = {
  labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 },
  mining: { policy: "best-versus-worst", pairsPerPrompt: 1, margin: 0 },
  earlier: [],
  earlierPairs: 0,
  pairsPerTask: null,
} as const;

if (flags.measure !== undefined) await measure(Number(flags.measure), flags.folder as string);
else await compareSizes(Number(flags.small), Number(flags.pictures), Number(flags.kilobytes));

async function compareSizes(small: number, large: number, kilobytes: number): Promise<void> {
  const [few, many] = [await inOwnProcess(small, kilobytes), await inOwnProcess(large, kilobytes)];
  for (const [name, value] of Object.entries(many))
    console.log(`${name.padEnd(34)} ${value ?? "not measured"}`);
  console.log(
    JSON.stringify({
      pictures_per_second: many["pictures_per_second"],
      peak_mb_1k: few["peak_mb"],
      peak_mb_100k: many["peak_mb"],
      bytes_added_per_picture: many["bytes_added_per_picture"],
    }),
  );
}

type Measured = Readonly<Record<string, number | null>>;

/** Draws so many pictures, and measures them in a process that did not draw them. */
async function inOwnProcess(count: number, kilobytes: number): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), "espalier-bench-pictures-"));
  try {
    await drawPictures(join(folder, "pictures"), count, kilobytes);
    const words = [
      "--import",
      "tsx",
      fileURLToPath(import.meta.url),
      "--measure",
      String(count),
      "--folder",
      folder,
    ];
    const { stdout } = await execa(process.execPath, words, { stderr: "inherit" });
    const measured = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Measured;
    return {
      ...measured,
      imagefolder_pictures_per_second: await imagefolderRate(join(folder, "pictures"), count),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** JPEGs of noise on a ground, of about so many kilobytes, with a metadata.jsonl. */
async function drawPictures(folder: string, count: number, kilobytes: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const drawn = await Promise.all(Array.from({ length: DRAWN }, (_, number) => jpegOf(number, kilobytes)));
  const lines: string[] = [];
  for (let number = 0; number < count; number++) {
    const name = `${String(number).padStart(7, "0")}.jpg`;
    const end = Buffer.from(String(number).padStart(12, "0"));
    // Decoders stop at the mark of the end: what follows makes another file of the same picture.
    writeFileSync(join(folder, name), Buffer.concat([drawn[number % DRAWN] as Buffer, end, END_OF_JPEG]));
    const prompt = `a made-up prompt of number ${Math.floor(number / PER_PROMPT)}`;
    lines.push(JSON.stringify({ file_name: name, text: prompt, seed: number % PER_PROMPT, model: "noise" }));
  }
  writeFileSync(join(folder, "metadata.jsonl"), `${lines.join("\n")}\n`);
}

async function jpegOf(number: number, kilobytes: number): Promise<Buffer> {
  // Noise takes about a byte and a half of a pixel's three at this quality.
  const side = Math.max(16, Math.round(Math.sqrt((kilobytes * 1000) / 0.75)));
  let state = number + 1;
  const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((state >>> 24) >> 1) + ((at + number * 40) % 128);
  });
  return sharp(data, { raw: { width: side, height: side, channels: 3 } })
    .jpeg({ quality: 80 })
    .toBuffer();
}

async function measure(count: number, folder: string): Promise<void> {
  boundHeap();
  const workspace = join(folder, "workspace");
  const options = {
    workspace,
    family: { ...BUNDLED_FAMILY, openJudge: async () => madeUpJudge() },
    config: CONFIG,
  };
  const begun = performance.now();
  const imported = await importPicturesFrom(
    { place: join(folder, "pictures"), from: "noise", format: null, copy: false },
    options,
  );
  const importedAt = performance.now();
  const added = bytesBelow(workspace);
  await score({ candidates: imported.stage.id, by: "judge" }, options);
  const scoredAt = performance.now();
  const pairs = await pair({ ...RULES, candidates: imported.stage.id }, options);
  const pairedAt = performance.now();
  await thumbnailPairs(workspace, pairs.id);
  const shownAt = performance.now();
  await exportFrom(workspace, { stages: [pairs.id], format: "parquet", out: join(folder, "pairs.parquet") });
  const ended = performance.now();
  const rate = (from: number, to: number) => Math.round((count * 1000) / (to - from));
  console.log(
    JSON.stringify({
      pictures_per_second: rate(begun, ended),
      imported_per_second: rate(begun, importedAt),
      scored_per_second: rate(importedAt, scoredAt),
      paired_per_second: rate(scoredAt, pairedAt),
      thumbnailed_per_second: rate(pairedAt, shownAt),
      exported_per_second: rate(shownAt, ended),
      peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
      bytes_added_per_picture: Math.round(added / count),
      pictures: imported.added,
      pairs: Number(pairs.summary?.["pairs"]),
    }),
  );
}

/** Reads the bytes, as a judge over HTTP would to send them, and says what their hash says. */
function madeUpJudge(): Awaited<ReturnType<typeof BUNDLED_FAMILY.openJudge>> {
  return {
    identity: "made-up",
    questions: ["outcome"],
    batch: 16,
    ask: async (_, items) => {
      const verdicts = [];
      for (const { image } of items) {
        const digest = createHash("sha256")
          .update((await image.encoded?.()) ?? "")
          .digest();
        verdicts.push({ kind: "scored" as const, score: digest.readUInt32BE(0) / 2 ** 32 });
      }
      return verdicts;
    },
    close: async () => undefined,
  };
}

/** What a review makes of each picture that it shows. */
async function thumbnailPairs(workspace: string, stage: string): Promise<void> {
  const store = openStore(workspacePaths(workspace), { readOnly: true });
  const files = pictureFiles(workspace);
  try {
    for (const { chosenId, rejectedId } of store.pairs.iterate(stage)) {
      const pictures = [chosenId, rejectedId].map((id) => store.candidates.find(id)?.picture);
      await Promise.all(pictures.map(async (one) => one && files.thumbnail(one, SHOWN_SIDE)));
    }
  } finally {
    store.close();
  }
}

function bytesBelow(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Pictures a second that `datasets`' imagefolder opens and decodes; null where it is not installed. */
async function imagefolderRate(folder: string, count: number): Promise<number | null> {
  const program = `
import sys, time
try:
    import datasets
except ImportError:
    sys.exit(3)
datasets.disable_progress_bars()
begun = time.time()
for row in datasets.load_dataset("imagefolder", data_dir=sys.argv[1], split="train", cache_dir=sys.argv[1] + "-cache"):
    row["image"].load()
print(time.time() - begun)
`;
  const { stdout, exitCode } = await execa(".venv/bin/python", ["-c", program, folder], { reject: false });
  return exitCode === 0 ? Math.round(count / Number(stdout.trim().split("\n").at(-1))) : null;
}

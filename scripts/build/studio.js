// node scripts/build/studio.js
// Builds the studio's pages from src/studio into dist/studio, where they are older than their sources or another lock.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { LAYOUT, ROOT } from "../../src/machine/layout.js";
import { runCommand } from "../setup/run-command.js";

const SOURCES = join(ROOT, "src", "studio");
/** What they were built from. */
const STAMP = join(LAYOUT.studioPages, ".built-from");

/** @returns {Promise<number>} an exit code */
export async function buildStudio() {
  const now = hashOfSources();
  if (existsSync(STAMP) && readFileSync(STAMP, "utf8") === now) return 0;
  const words = ["build", "--config", join(SOURCES, "pages", "vite.config.ts")];
  const vite = join(LAYOUT.nodeModules, ".bin", "vite");
  const code = await runCommand(vite, [...words, "--outDir", LAYOUT.studioPages], {
    cwd: ROOT,
    // Elsewhere, as under a test runner, pages would be built for developers, with the paths of this machine.
    env: { NODE_ENV: "production" },
  });
  if (code === 0) writeFileSync(STAMP, now);
  return code;
}

/** The pages, what they share with the server, the packages that they are built with, and how. */
function hashOfSources() {
  const hash = createHash("sha256").update(readFileSync(LAYOUT.packageLock));
  hash.update(readFileSync(fileURLToPath(import.meta.url)));
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).sort();
  for (const file of files.filter((name) => /\.(tsx?|css|html)$/.test(name)))
    hash.update(file).update(readFileSync(join(SOURCES, file)));
  return hash.digest("hex");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) process.exitCode = await buildStudio();

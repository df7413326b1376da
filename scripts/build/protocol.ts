/**
 * npm run protocol
 *
 * Writes what Python and the docs know of the settings, requests and events that src/config and src/adapters/python
 * describe: their JSON Schema, Python's classes, docs/settings.md, and the types that editors show of a pipeline. With --check it writes nothing, and fails where one
 * of these files is not what it would write.
 */
import "../explain-faults.js";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { protocolFiles } from "./protocol/files.js";

const ROOT = join(import.meta.dirname, "../..");
const files = await protocolFiles(ROOT);
const stale = Object.entries(files).filter(([path, text]) => {
  const file = join(ROOT, path);
  return !existsSync(file) || readFileSync(file, "utf8") !== text;
});

if (!process.argv.includes("--check")) {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  }
} else if (stale.length > 0) {
  console.error(
    `These files are not what the schemas say; run "npm run protocol" and commit what it writes:`,
  );
  for (const [path] of stale) console.error(`  ${path}`);
  process.exitCode = 1;
}

/** npm run docs does so by itself. Writes docs/reference/cli.md: what every command says of itself with --help. */
import "../explain-faults.js";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "../../src/machine/layout.js";
import { cliReference } from "./cli-reference/page.js";

const FILE = join(ROOT, "docs", "reference", "cli.md");
mkdirSync(dirname(FILE), { recursive: true });
writeFileSync(FILE, `${cliReference()}\n`);

// npm run version
// Takes what lies in .changeset into the next version and CHANGELOG.md, and gives the Python package the same number.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LAYOUT, ROOT } from "../../src/machine/layout.js";
import { runCommand } from "../setup/run-command.js";

const PYTHON = join(LAYOUT.pythonProject, "espalier_torch", "__init__.py");

process.exitCode = await runCommand(join(LAYOUT.nodeModules, ".bin", "changeset"), ["version"]);
if (process.exitCode === 0) {
  const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const source = readFileSync(PYTHON, "utf8");
  writeFileSync(PYTHON, source.replace(/^__version__ = ".*"$/m, `__version__ = "${version}"`));
}

import { existsSync, writeFileSync } from "node:fs";
import { nodePackagesAreCurrent } from "../../src/machine/installed-packages.js";
import { hashOf, LAYOUT } from "../../src/machine/layout.js";
import { npmCommand } from "../../src/machine/npm-command.js";
import { SetupError } from "../../src/machine/setup-error.js";
import { runCommand } from "./run-command.js";

/** Installs the Node packages with `npm ci` when they are missing or older than package-lock.json. */
export async function installNodePackages() {
  if (nodePackagesAreCurrent()) {
    console.log("  Node packages: up to date");
  } else {
    console.log("  Node packages: npm ci");
    const [command, ...first] = npmCommand();
    // The bundled models need no CUDA binaries. Not in .npmrc: npm 11 warns of names it does not know at every call.
    const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "skip" };
    const words = [...first, "ci", "--no-fund", "--no-audit"];
    const code = await runCommand(command ?? "npm", words, { env });
    if (code !== 0 || !existsSync(LAYOUT.sqliteBinary)) {
      throw new SetupError(
        `npm ci failed (exit code ${code}). If the lines above speak of node-gyp or better-sqlite3, a C++ compiler ` +
          "is missing: apt-get install build-essential python3 (Debian and Ubuntu), xcode-select --install (macOS). " +
          "Otherwise check the connection to the npm registry, then run the command again.",
      );
    }
  }
  const stamp = { packageLock: hashOf(LAYOUT.packageLock), nodeModulesVersion: process.versions.modules };
  writeFileSync(LAYOUT.nodeStamp, JSON.stringify(stamp));
}

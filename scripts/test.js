// npm test, npm run test:fast
// Sets everything up, then runs every check and test of both languages, whatever fails on the way; with --fast all tests but the slow ones.
// Its last line is "N passed, N failed"; the exit code is 1 when anything failed.
import { mkdirSync } from "node:fs";
import { LAYOUT } from "../src/machine/layout.js";
import { installBrowser } from "./setup/browser.js";
import { CHECKS, suites } from "./setup/gates.js";
import { installRay } from "./setup/ray-packages.js";
import { setUpOrExplain } from "./setup.js";

const fast = process.argv.includes("--fast");
mkdirSync(LAYOUT.results, { recursive: true });
const ready = await setUpOrExplain();
// What needs them is slow.
if (ready && !fast) await installBrowser();
if (ready && !fast) await installRay();
/** @type {import("./setup/gates.js").Outcome[]} */
const outcomes = ready ? [] : [{ name: "set-up", passed: 0, failed: 1, skipped: 0 }];
for (const gate of ready ? [...CHECKS, ...suites({ fast })] : []) {
  console.log(`\n== ${gate.name}`);
  outcomes.push(await gate.run());
}

console.log("\nSummary");
for (const { name, passed, failed, skipped } of outcomes) {
  console.log(`  ${failed > 0 ? "FAILED" : "ok    "} ${name}: ${counts(passed, failed, skipped)}`);
}
const sum = (/** @type {"passed" | "failed" | "skipped"} */ key) =>
  outcomes.reduce((total, outcome) => total + outcome[key], 0);
process.exitCode = sum("failed") > 0 ? 1 : 0;
console.log(counts(sum("passed"), sum("failed"), sum("skipped")));

/**
 * @param {number} passed
 * @param {number} failed
 * @param {number} skipped
 */
function counts(passed, failed, skipped) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

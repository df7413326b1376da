// npm test, npm run test:fast
// Sets everything up, then runs every check and test of both languages, whatever fails on the way; with --fast all tests but the slow ones.
// Its last line is "N passed, N failed"; the exit code is 1 when anything failed.
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
for (const gate of ready ? CHECKS : []) {
  console.log(`\n== ${gate.name}`);
  outcomes.push(await gate.run());
}
if (ready) outcomes.push(...(await sideBySide(suites({ fast }))));

console.log("\nSummary");
for (const { name, passed, failed, skipped } of outcomes) {
  console.log(`  ${failed > 0 ? "FAILED" : "ok    "} ${name}: ${counts(passed, failed, skipped)}`);
}
const sum = (/** @type {"passed" | "failed" | "skipped"} */ key) =>
  outcomes.reduce((total, outcome) => total + outcome[key], 0);
process.exitCode = sum("failed") > 0 ? 1 : 0;
console.log(counts(sum("passed"), sum("failed"), sum("skipped")));

/**
 * Runs gates at once: each waits for processes a good part of its time. The first prints as it goes, the others when all are through.
 * @param {readonly import("./setup/gates.js").Gate[]} gates
 */
async function sideBySide(gates) {
  const running = gates.map(async (gate, index) => {
    if (index === 0) console.log(`\n== ${gate.name}`);
    if (index === 0) return { outcome: await gate.run(), text: "" };
    const file = join(LAYOUT.results, `${gate.name}.log`);
    const log = openSync(file, "w");
    const outcome = await gate.run(log).finally(() => closeSync(log));
    return { outcome, text: `\n== ${gate.name}\n${readFileSync(file, "utf8")}` };
  });
  const ended = await Promise.all(running);
  for (const { text } of ended) process.stdout.write(text);
  return ended.map(({ outcome }) => outcome);
}

/**
 * @param {number} passed
 * @param {number} failed
 * @param {number} skipped
 */
function counts(passed, failed, skipped) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

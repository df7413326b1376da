import { spawnSync } from "node:child_process";
import { outputOf, runCommand } from "./run-command.js";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * Command of a Chromium that the test of the review page can drive; undefined when there is none.
 * The variable ESPALIER_BROWSER names one that is not on the PATH.
 */
export function findBrowser() {
  const chosen = process.env["ESPALIER_BROWSER"];
  return (chosen ? [chosen] : NAMES).map(pathOf).find((path) => path !== undefined);
}

/**
 * Installs Chromium where that takes no question: as root on a system with apt. Elsewhere, or when it fails, says what
 * is left out without it; nothing but that one test needs it.
 */
export async function installBrowser() {
  if (findBrowser()) return console.log("  browser: found");
  const canInstall = process.getuid?.() === 0 && outputOf("apt-get", ["--version"]) !== undefined;
  if (canInstall) {
    console.log("  browser: installing Chromium with apt-get");
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const apt = (/** @type {string[]} */ ...words) => runCommand("apt-get", ["-qq", ...words], { env });
    if ((await apt("update")) === 0) await apt("install", "-y", "--no-install-recommends", "chromium");
  }
  if (findBrowser() === undefined) console.log(`  browser: none\n    ${BROWSER_CURE}`);
}

export const BROWSER_CURE =
  "Needed only by the test of the review page, which is skipped without it: install Chromium " +
  "(Debian: apt-get install chromium), or name one in the variable ESPALIER_BROWSER.";

/** @param {string} name */
function pathOf(name) {
  const result = spawnSync("sh", ["-c", 'command -v -- "$1"', "sh", name], { encoding: "utf8" });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

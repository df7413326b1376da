import { BROWSER_CURE, findBrowser } from "../../src/machine/find-browser.js";
import { outputOf } from "../../src/machine/output-of.js";
import { runCommand } from "./run-command.js";

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

import { outputOf } from "./output-of.js";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * Command of a Chromium that the test of the review page can drive; undefined when there is none.
 * The variable ESPALIER_BROWSER names one that is not on the PATH.
 */
export function findBrowser() {
  const chosen = process.env["ESPALIER_BROWSER"];
  return (chosen ? [chosen] : NAMES).map(pathOf).find((path) => path !== undefined);
}

export const BROWSER_CURE =
  "Needed only by the test of the review page, which is skipped without it: install Chromium " +
  "(Debian: apt-get install chromium), or name one in the variable ESPALIER_BROWSER.";

/** @param {string} name */
function pathOf(name) {
  return outputOf("sh", ["-c", 'command -v -- "$1"', "sh", name]);
}

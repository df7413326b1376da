import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findBrowser } from "../../../src/machine/find-browser.js";
import { renderReport } from "../../../src/stages/comparison/report.js";
import { HOSTILE, PIXEL, sampleReport } from "./sample-report.js";

const executable = findBrowser();
const folder = mkdtempSync(join(tmpdir(), "espalier-report-"));
const file = join(folder, "report.html");
let browser: Browser;

describe.skipIf(executable === undefined)("the report in a browser", { timeout: 120_000 }, () => {
  beforeAll(async () => {
    writeFileSync(file, await renderReport(await sampleReport(), () => PIXEL));
    browser = await chromium.launch({ executablePath: executable as string, args: ["--no-sandbox"] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("opens images with their verdicts and ids, by mouse and keyboard, and runs nobody else's script", async () => {
    const page = await browser.newPage();
    const said: string[] = [];
    page.on("dialog", (dialog) => said.push(dialog.message()));
    page.on("console", (message) => message.type() === "error" && said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    await page.goto(pathToFileURL(file).href);
    const viewer = page.locator("#viewer");
    await page.locator("button.open").first().click();
    expect(await viewer.locator(".title").textContent()).toContain(HOSTILE);
    expect(await viewer.locator("dl").textContent()).toContain("candidatebase/");
    await page.keyboard.press("ArrowRight");
    expect(await viewer.locator("dl").textContent()).toContain("candidatebase + ORM best-of-8/");
    expect(await viewer.locator("dl").textContent()).toContain("outcome at step 80.731");
    await page.keyboard.press("Escape");
    expect(await viewer.isVisible()).toBe(false);
    expect(said).toEqual([]);
    await page.close();
  });

  test("filters every change by kind, task and words, on narrow screens too", async () => {
    const page = await browser.newPage({ viewport: { width: 380, height: 700 }, colorScheme: "dark" });
    await page.goto(pathToFileURL(file).href);
    const all = await page.locator("article.change").count();
    const visible = () => page.locator("article.change:visible").count();
    expect(all).toBeGreaterThan(10);
    expect(await visible()).toBe(all);
    await page.selectOption("select[name=kind]", "regression");
    const regressions = await page.locator('article.change[data-kind="regression"]').count();
    expect(await visible()).toBe(regressions);
    await page.selectOption("select[name=kind]", "");
    await page.selectOption("select[name=task]", "counting");
    const counting = await page.locator('article.change[data-task="counting"]').count();
    expect(await visible()).toBe(counting);
    expect(await page.textContent("form.filters output")).toBe(`${counting} of ${all}`);
    await page.fill("input[name=words]", "nobody says this");
    expect(await visible()).toBe(0);
    const beyond = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
    expect(beyond).toBeLessThanOrEqual(0);
    await page.close();
  });
});

import { appendFileSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import axe from "axe-core";
import { execa } from "execa";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../src/adapters/store/index.js";
import { findBrowser } from "../../src/machine/find-browser.js";
import { workspacePaths } from "../../src/paths.js";
import { pair, score } from "../../src/runner/single-stages/single-stages.js";
import { trainingsOf } from "../../src/studio/trainings.js";
import { makePictures } from "../fixtures/pictures.js";
import { BEST_OF_JUDGED, pictureWorkspace } from "../runner/single-stages/picture-workspace.js";
import { type StudioProcess, startStudio } from "./studio-process.js";

const executablePath = findBrowser();
/** A browser on a busy machine takes its time, in milliseconds. */
const PATIENCE = 300_000;
/** `ESPALIER_SCREENSHOTS=docs/images npx vitest run test/studio` renews those of the documentation. */
const SCREENSHOTS = process.env["ESPALIER_SCREENSHOTS"] ?? "build/screenshots";
const WHY = executablePath
  ? ""
  : " (skipped: no Chromium; apt-get install chromium, or name one in ESPALIER_BROWSER)";
const HOSTILE = `<script>document.title="taken"</script> a photo of "two" & <b>three</b> rings`;

describe.skipIf(executablePath === undefined)(`the studio in a browser${WHY}`, { timeout: PATIENCE }, () => {
  let browser: Browser;
  let studio: StudioProcess;
  let page: Page;
  let root: string;
  let log: string;
  const complaints: string[] = [];
  const asked: string[] = [];

  beforeAll(async () => {
    ({ root, log } = await workspaceOfBoth());
    studio = await startStudio(root);
    // Chromium's sandbox refuses to start as root.
    const args = process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [];
    browser = await chromium.launch({ executablePath: executablePath as string, args });
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
    page.setDefaultTimeout(PATIENCE / 3);
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => complaints.push(message.text()));
  }, PATIENCE);
  afterAll(async () => {
    await browser?.close();
    expect(await studio?.end()).toMatchObject({ code: 0 });
  });

  const goTo = (place: string) => page.goto(`${studio.url}#/${place}`);
  const shownOf = (selector: string) => page.locator(selector);

  test("shows runs and trainings, and what changes in them while processes write, without a reload", async () => {
    await goTo("runs");
    await shownOf("h2").filter({ hasText: "earlier" }).waitFor();
    await shownOf("figcaption").filter({ hasText: "Loss" }).waitFor();
    expect(await shownOf(".badge.finished").count()).toBeGreaterThan(9);
    await shownOf("text=step 12 of 12").or(shownOf("text=/step \\d+ of \\d+/")).first().waitFor();
    await screenshot("studio-runs.png");

    appendFileSync(log, `${JSON.stringify({ event: "step-end", step: 77, steps: 99, loss: 0.25 })}\n`);
    await shownOf("text=step 77 of 99").waitFor();
    const rows = shownOf("section").filter({ hasText: "by-hand" }).locator("tr", { hasText: ": candidates" });
    const before = await rows.count();
    const prompts = join(dirname(root), "prompts.txt");
    writeFileSync(prompts, "a photo of a red star\n");
    const words = ["generate", prompts, "--count", "2", "--workspace", root];
    const generating = execa(process.execPath, [resolve("bin/espalier.js"), ...words], { reject: false });
    await rows.nth(before).waitFor();
    const { exitCode, stderr } = await generating;
    expect(exitCode, stderr).toBe(0);
    await rows.nth(before).locator(".badge.finished").waitFor();
  });

  test("finds, sorts, marks and opens candidates, with the keyboard", async () => {
    await goTo("candidates");
    await shownOf(".tile img").first().waitFor();
    expect(await shownOf(".tile").count()).toBe(60);
    await drawn(".tile img", 8);
    await screenshot("studio-candidates.png");
    await shownOf("label:has-text('Order') + select").selectOption("lowest");
    await page.waitForURL(/order=lowest/);
    await page.locator(".old").waitFor({ state: "detached" });
    const scores = (await shownOf(".tile .number").allTextContents()).map(Number);
    expect(scores).toEqual([...scores].sort((one, other) => one - other));

    await goTo("candidates");
    await shownOf("label:has-text('Words of the prompt') + input").fill("<script>");
    await shownOf(".tile .prompt").filter({ hasText: HOSTILE }).first().waitFor();
    await page.locator("text=2 candidates.").waitFor();
    await shownOf(".tile").first().focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("d");
    await shownOf(".tile.drop").waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("f");
    await shownOf(".badge.flag").waitFor();
    expect(marksIn(root)).toEqual([
      ["me", "drop", false],
      ["me", null, true],
    ]);
    await page.keyboard.press("Enter");
    await shownOf("h1").filter({ hasText: HOSTILE }).waitFor();
    expect(await page.title()).toContain("Candidates");
    await shownOf("textarea").fill("looks <i>fine</i>");
    await page.locator("text=Save the note").click();
    await shownOf(".marks li").filter({ hasText: "looks <i>fine</i>" }).waitFor();
    await page.goBack();
    await page.locator("text=2 candidates.").waitFor();
  });

  test("shows a path large, step by step, with what a detector saw in it and who judged it", async () => {
    await page.goto(`${studio.url}#/candidates/${evaluatedIn(root)}`);
    await shownOf(".boxes rect").first().waitFor({ state: "attached" });
    await drawn(".large img", 1);
    await page.locator("summary", { hasText: "step by step" }).click();
    await shownOf(".steps img").first().waitFor();
    await drawn(".steps img", 3);
    expect(await shownOf("section:has(> h2:has-text('In evaluations'))").count()).toBe(1);
    expect(await shownOf(".facts").textContent()).toContain("espalier replay");
    await screenshot("studio-picture.png");
  });

  test("lists pairs by their margin, chosen beside rejected, and shows a picture as it came", async () => {
    await goTo("pairs?order=smallest");
    await shownOf(".tile .chosen img").first().waitFor();
    const margins = (await shownOf(".tile > .row > .number").allTextContents()).map((text) =>
      Number(text.split(" ")[1]),
    );
    expect(margins.length).toBeGreaterThan(4);
    expect(margins).toEqual([...margins].sort((one, other) => one - other));
    await screenshot("studio-pairs.png");
  });

  test("compares two evaluations in numbers and image by image, filtered by what turned", async () => {
    await goTo("compare");
    await page.locator("text=95% interval").nth(2).waitFor();
    await shownOf(".tile .two img").first().waitFor();
    const tiles = await shownOf(".tile").count();
    const label = shownOf("label:has-text('Images that') + select");
    await label.selectOption("flips");
    await page.waitForURL(/kind=flips/);
    await page.locator(".old").waitFor({ state: "detached" });
    const words = await shownOf(".tile .badge").allTextContents();
    expect(words.length).toBeGreaterThan(0);
    expect(words.length).toBeLessThan(tiles);
    expect(words.every((word) => /^turned (wrong|right)$/.test(word))).toBe(true);
    expect(await shownOf(".tile .gain").count()).toBe(words.length);
    await label.selectOption("");
    await drawn(".tile img", 6);
    await screenshot("studio-compare.png");
  });

  test.each([
    ["light", 1280],
    ["dark", 390],
  ] as const)("has nothing serious against it in axe, in %s, %i pixels wide", async (colorScheme, width) => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    for (const place of ["runs", "candidates", "pairs", "compare", `candidates/${evaluatedIn(root)}`]) {
      await goTo(place);
      await page.locator("main h1").waitFor();
      while ((await page.locator("[role=status]", { hasText: "Loading" }).count()) > 0)
        await page.waitForTimeout(50);
      const isWide = await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1");
      expect([place, isWide]).toEqual([place, false]);
      await page.evaluate(axe.source);
      const found = (await page.evaluate("axe.run({ resultTypes: ['violations'] })")) as axe.AxeResults;
      const serious = found.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
      expect([place, serious.map(({ id, nodes }) => [id, nodes[0]?.html])]).toEqual([place, []]);
    }
  });

  test("asks nobody else for anything, and complains of nothing", () => {
    expect(complaints).toEqual([]);
    expect(asked.length).toBeGreaterThan(60);
    expect(asked.filter((url) => !url.startsWith(studio.url) && !url.startsWith("data:"))).toEqual([]);
  });

  /** Images of the page, decoded by the browser. */
  async function drawn(selector: string, least: number): Promise<void> {
    const images = await page.locator(selector).all();
    expect(images.length).toBeGreaterThanOrEqual(least);
    for (const image of images.slice(0, least)) {
      await image.evaluate((one) => (one as unknown as { decode(): Promise<void> }).decode());
    }
  }

  async function screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    writeFileSync(join(SCREENSHOTS, name), await page.screenshot());
  }
});

/** A run of the bundled models that stopped in its training, whose log lies at `log`, and pictures that were brought. */
async function workspaceOfBoth(): Promise<{ root: string; log: string }> {
  const made = (await makePictures())
    .slice(0, 12)
    .map((one, at) => (at < 2 ? { ...one, prompt: HOSTILE } : one));
  const { options, bring } = await pictureWorkspace(made);
  const root = options.workspace;
  cpSync(resolve("test/fixtures/earlier-workspace/workspace"), root, { recursive: true });
  const { stage } = await bring();
  await score({ candidates: stage.id, by: "judge" }, options);
  await pair({ ...BEST_OF_JUDGED, candidates: stage.id }, options);
  const store = openStore(workspacePaths(root), { readOnly: true });
  const log = join(root, trainingsOf(store)[0]?.log ?? "");
  store.close();
  cpSync(resolve("test/fixtures/earlier-training/dpo.work/events.jsonl"), log);
  return { root, log };
}

function reading<Result>(root: string, read: (store: ReturnType<typeof openStore>) => Result): Result {
  const store = openStore(workspacePaths(root), { readOnly: true });
  try {
    return read(store);
  } finally {
    store.close();
  }
}

/** What people say now, first said first. */
function marksIn(root: string) {
  return reading(root, (store) => {
    const rows = [
      ...store.browse.candidates.list({ mark: "drop" }, { order: "stored", limit: 9 }).rows,
      ...store.browse.candidates.list({ mark: "flagged" }, { order: "stored", limit: 9 }).rows,
    ];
    return rows.flatMap(({ id }) =>
      store.marks.of(id).map(({ person, decision, flagged }) => [person, decision, flagged]),
    );
  });
}

/** A path in which a detector found something. */
function evaluatedIn(root: string): string {
  return reading(root, (store) => {
    const [evaluation] = store.evaluations.list();
    for (const { candidateId, detections } of store.evaluations.items(evaluation?.stageId ?? ""))
      if (detections.length > 0) return candidateId;
    throw new Error("Nothing was found in any image.");
  });
}

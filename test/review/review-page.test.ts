import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodePng } from "../../src/adapters/images/index.js";
import { openStore } from "../../src/adapters/store/index.js";
import { findBrowser } from "../../src/machine/find-browser.js";
import { workspacePaths } from "../../src/paths.js";
import { pair, score } from "../../src/runner/single-stages/single-stages.js";
import { makePictures } from "../fixtures/pictures.js";
import { BEST_OF_JUDGED, pictureWorkspace } from "../runner/single-stages/picture-workspace.js";
import { reviewWorkspace } from "../stages/review/review-workspace.js";
import { startReview } from "./review-process.js";

const executablePath = findBrowser();
/** A browser on a busy machine takes its time, in milliseconds. */
const PATIENCE = 300_000;
/** `ESPALIER_SCREENSHOTS=docs/images npx vitest run test/review` renews those of the documentation. */
const SCREENSHOTS = process.env["ESPALIER_SCREENSHOTS"] ?? "build/screenshots";
const WHY = executablePath
  ? ""
  : " (skipped: no Chromium; apt-get install chromium, or name one in ESPALIER_BROWSER)";

describe.skipIf(executablePath === undefined)(
  `the review page in a browser${WHY}`,
  { timeout: PATIENCE },
  () => {
    let browser: Browser;
    beforeAll(async () => {
      // Chromium's sandbox refuses to start as root.
      const args = process.getuid?.() === 0 ? ["--no-sandbox", "--disable-dev-shm-usage"] : [];
      browser = await chromium.launch({ executablePath: executablePath as string, args });
    });
    afterAll(() => browser?.close());

    test("is worked with the keyboard alone, keeps every key, and asks nobody else for anything", async () => {
      const { root, store, pairs, rows } = await reviewWorkspace();
      store.close();
      const review = await startReview(root, pairs.id, "--reviewer", "ann");
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: "light" });
      const asked: string[] = [];
      const complaints: string[] = [];
      page.on("request", (request) => asked.push(request.url()));
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => complaints.push(message.text()));
      await page.goto(review.url);
      await settled(page, 0, rows.length);

      const leastSure = rows.reduce((least, row) => (row.margin < least.margin ? row : least));
      expect(await page.locator("#prompt").textContent()).toBe(leastSure.prompt);
      expect(await page.locator("#left .steps img").count()).toBe(8);
      await picturesDrawn(page);
      await screenshot(page, "review-pair.png");

      await page.keyboard.press("ArrowLeft");
      await settled(page, 1, rows.length);
      expect(await page.locator("#status").textContent()).toBe("Saved: left.");
      const second = await page.locator("#prompt").textContent();
      await page.keyboard.press("ArrowDown");
      await settled(page, 2, rows.length);
      await page.keyboard.press("u");
      await settled(page, 1, rows.length);
      expect(await page.locator("#prompt").textContent()).toBe(second);
      for (const [index, key] of ["ArrowRight", "b", "s", "t"].entries()) {
        await page.keyboard.press(key);
        await settled(page, index + 2, rows.length);
      }
      await page.keyboard.press("p");
      expect(await page.locator("#left .steps").isVisible()).toBe(false);
      await page.keyboard.press("?");
      expect(await page.locator("#keys").isVisible()).toBe(true);
      await page.keyboard.press("ArrowLeft");
      await page.keyboard.press("Escape");
      await settled(page, 5, rows.length);

      await page.goto(`${review.url}?reviewer=ben`);
      for (let index = 0; index < rows.length; index++) {
        await settled(page, index, rows.length);
        await page.keyboard.press(index % 3 === 0 ? "ArrowRight" : "ArrowLeft");
      }
      await settled(page, rows.length, rows.length);
      expect(await page.locator("#done").isVisible()).toBe(true);
      expect(await page.locator("#agreement table").count()).toBe(2);
      await screenshot(page, "review-agreement.png");

      expect(complaints).toEqual([]);
      expect(asked.length).toBeGreaterThan(2 * rows.length);
      expect(asked.filter((url) => !url.startsWith(review.url) && !url.startsWith("data:"))).toEqual([]);
      review.child.kill("SIGINT");
      await review.ended;
      expect(answersOf(root, pairs.id)).toMatchObject({
        ann: ["both-bad", "left", "right", "skip", "tie"],
        ben: [...Array(4).fill("left"), ...Array(3).fill("right")],
      });
    });

    test("looks closer at two pictures of any size in step, by key, wheel and two fingers", async () => {
      const workspace = await pictureWorkspace((await makePictures()).slice(0, 12));
      const { stage } = await workspace.bring();
      await score({ candidates: stage.id, by: "judge" }, workspace.options);
      const pairs = await pair({ ...BEST_OF_JUDGED, candidates: stage.id }, workspace.options);
      const review = await startReview(workspace.options.workspace, pairs.id, "--reviewer", "ann");
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(error.message));
      page.on("console", (message) => complaints.push(message.text()));
      await page.goto(review.url);
      const total = pairs.summary?.["pairs"] as number;
      await settled(page, 0, total);
      const looks = () =>
        page.locator(".choice img").evaluateAll((images) =>
          images.map((image) => {
            const { src, style } = image as unknown as { src: string; style: { transform: string } };
            return { transform: style.transform, isWhole: src.endsWith("/whole") };
          }),
        );
      expect(await looks()).toEqual(Array(2).fill({ transform: "", isWhole: false }));
      await page.keyboard.press("z");
      await page.locator("#right .choice img[src$='/whole']").waitFor();
      await page.locator("#left .choice img[src$='/whole']").waitFor();
      const [left, right] = await looks();
      expect(left).toEqual(right);
      expect(left?.transform).toBe("scale(3) translate(0%, 0%)");

      // A drag moves both, and is no answer.
      const box = (await page.locator("#left .choice").boundingBox()) as { x: number; y: number };
      await page.mouse.move(box.x + 100, box.y + 100);
      await page.mouse.down();
      await page.mouse.move(box.x + 60, box.y + 80, { steps: 3 });
      await page.mouse.up();
      const [dragged, also] = await looks();
      expect(dragged).toEqual(also);
      expect(dragged?.transform).not.toBe(left?.transform);
      expect(await page.locator("#count").textContent()).toBe(`0 of ${total}`);

      await page.keyboard.press("z");
      expect((await looks()).map(({ transform }) => transform)).toEqual(["", ""]);
      await page.locator("#right .choice").evaluate((choice) => {
        const touch = (type: string, pointerId: number, clientX: number) =>
          choice.dispatchEvent(
            Reflect.construct(Reflect.get(globalThis, "PointerEvent"), [
              type,
              { pointerId, clientX, clientY: 300, bubbles: true },
            ]),
          );
        touch("pointerdown", 1, 800);
        touch("pointerdown", 2, 850);
        touch("pointermove", 2, 900);
        touch("pointerup", 1, 800);
        touch("pointerup", 2, 900);
      });
      const [pinched, too] = await looks();
      expect(pinched).toEqual(too);
      expect(pinched?.transform).toMatch(/^scale\(2\) /);
      await page.keyboard.press("ArrowLeft");
      await settled(page, 1, total);
      expect((await looks()).map(({ transform }) => transform)).toEqual(["", ""]);
      expect(complaints).toEqual([]);
      review.child.kill("SIGINT");
      await review.ended;
    });

    test("says when an answer was not saved, shows the same pair still, and saves it under the same key later", async () => {
      const { root, store, pairs, rows } = await reviewWorkspace();
      store.close();
      const review = await startReview(root, pairs.id, "--reviewer", "ann");
      const page = await browser.newPage();
      await page.goto(review.url);
      await settled(page, 0, rows.length);
      const prompt = await page.locator("#prompt").textContent();
      await page.route("**/answer", (route) => route.abort());
      await page.keyboard.press("ArrowLeft");
      await page.locator("#status.failed").waitFor();
      expect(await page.locator("#status").textContent()).toMatch(/^Not saved\. The server does not answer/);
      expect(await page.locator("#prompt").textContent()).toBe(prompt);
      expect(await page.locator("#count").textContent()).toBe(`0 of ${rows.length}`);
      await page.unroute("**/answer");
      await page.keyboard.press("ArrowLeft");
      await settled(page, 1, rows.length);

      // Another window of the same person does not know of the answer yet.
      const other = await browser.newPage();
      await other.goto(review.url);
      await settled(other, 1, rows.length);
      await page.keyboard.press("ArrowRight");
      await settled(page, 2, rows.length);
      await other.keyboard.press("ArrowRight");
      await settled(other, 2, rows.length);
      expect(await other.locator("#status").textContent()).toMatch(/^Not kept/);
      review.child.kill("SIGKILL");
      await review.ended;
      expect(Object.values(answersOf(root, pairs.id)).flat()).toHaveLength(2);
    });
  },
);

/** Waits until the page shows that `answered` are done and takes keys again. */
async function settled(page: Page, answered: number, total: number): Promise<void> {
  await page.locator("#count", { hasText: `${answered} of ${total}` }).waitFor();
  await page.locator("body:not(:has(.said))").waitFor();
}

/** Both images and all steps were decoded by the browser. */
async function picturesDrawn(page: Page): Promise<void> {
  const images = page.locator("#pair img");
  expect(await images.count()).toBe(18);
  for (const image of await images.all()) {
    await image.evaluate((drawn) => (drawn as unknown as { decode(): Promise<void> }).decode());
  }
}

/** Keeps a screenshot and checks that something is on it. */
async function screenshot(page: Page, name: string): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const png = await page.screenshot();
  writeFileSync(join(SCREENSHOTS, name), png);
  const { width, height, data } = await decodePng(png);
  expect([width, height]).toEqual([1280, 800]);
  const colors = new Set<number>();
  for (let at = 0; at < data.length; at += 3) {
    colors.add(((data[at] as number) << 16) | ((data[at + 1] as number) << 8) | (data[at + 2] as number));
  }
  expect(colors.size).toBeGreaterThan(30);
}

/** Standing answers by person, sorted. */
function answersOf(root: string, stage: string): Record<string, string[]> {
  const store = openStore(workspacePaths(root), { readOnly: true });
  const found: Record<string, string[]> = {};
  for (const { reviews } of store.reviews.reviewed(stage)) {
    for (const { reviewer, answer } of reviews) found[reviewer] = [...(found[reviewer] ?? []), answer];
  }
  store.close();
  return Object.fromEntries(Object.entries(found).map(([name, answers]) => [name, answers.sort()]));
}

import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import sharp from "sharp";
import { expect, onTestFinished, test } from "vitest";
import { pairFiles } from "../../../src/adapters/arrow/index.js";
import { openStore } from "../../../src/adapters/store/index.js";
import { workspacePaths } from "../../../src/paths.js";
import { pictureBytes } from "../../../src/pictures/picture-bytes.js";
import { decide } from "../../../src/runner/reviews/decide-pairs.js";
import { pair, score } from "../../../src/runner/single-stages/single-stages.js";
import { openReviewSession } from "../../../src/stages/review/review-session.js";
import { makePictures } from "../../fixtures/pictures.js";
import { BEST_OF_JUDGED, pictureWorkspace } from "../../runner/single-stages/picture-workspace.js";

async function reviewed() {
  const workspace = await pictureWorkspace((await makePictures()).slice(0, 20));
  const { options, bring } = workspace;
  const { stage } = await bring();
  await score({ candidates: stage.id, by: "judge" }, options);
  const pairs = await pair({ ...BEST_OF_JUDGED, candidates: stage.id }, options);
  const store = openStore(workspacePaths(options.workspace), { lease: "never" });
  onTestFinished(() => store.close());
  const files = pairFiles(options.workspace, pictureBytes(store));
  return { ...workspace, store, pairs, session: openReviewSession({ store, pairs, files, order: "random" }) };
}

test("pictures are shown small, and as they came to whoever looks closer", async () => {
  const { session, store, folder } = await reviewed();
  const { pair: shown } = await session.view("ann");
  const { id, left, right } = shown as NonNullable<typeof shown>;
  expect([left, right]).toMatchObject([
    { steps: 0, zooms: true },
    { steps: 0, zooms: true },
  ]);
  for (const one of [left, right]) {
    const small = await session.image(id, one.id);
    expect(small?.format).toBe("jpeg");
    const picture = store.candidates.find(one.id)?.picture;
    const { width, height } = await sharp(small?.bytes).metadata();
    expect({ width, height }).toEqual({ width: picture?.width, height: picture?.height });
    const whole = await session.whole(id, one.id);
    expect(whole?.format).toBe(picture?.format);
    expect(
      createHash("sha256")
        .update(whole?.bytes ?? "")
        .digest("hex"),
    ).toBe(picture?.sha256);
    expect(await session.image(id, one.id, 1)).toBeUndefined();
  }
  rmSync(`${folder}/pictures`, { recursive: true });
  expect((await session.image(id, left.id))?.format).toBe("jpeg");
  await expect(session.whole(id, left.id)).rejects.toThrow(/cannot be read \(ENOENT\)/);
});

test("what people decide of pictures is another set of pairs of them", async () => {
  const { session, store, pairs, options } = await reviewed();
  const view = await session.view("ann");
  const { id, left } = view.pair as NonNullable<typeof view.pair>;
  const asked = store.pairs.inStage(pairs.id, id);
  const answer = asked?.chosenId === left.id ? "right" : "left";
  await session.answer({ reviewer: "ann", after: 0, pair: id, answer });
  store.close();
  const decided = await decide({ pairs: pairs.id, undecided: "drop", least: 1 }, options);
  expect(decided.summary).toMatchObject({ pairs: 1, swapped: 1 });
});

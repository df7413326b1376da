import { expect, test } from "vitest";
import type { PictureCandidate } from "../../../../src/records/picture.js";
import { candidate, openStage, PROMPTS, placeFile, storeCandidates, temporaryStore } from "../workspace.js";

const SHA = "5d".repeat(32);

function picture(more: Partial<PictureCandidate> = {}): PictureCandidate {
  return {
    id: "ab".repeat(12),
    promptId: PROMPTS[1]?.id as string,
    checkpoint: "c0".repeat(32),
    picture: {
      sha256: SHA,
      format: "jpeg",
      width: 640,
      height: 427,
      bytes: 99,
      place: "/somewhere/a.jpg",
      looks: "0f".repeat(24),
    },
    seed: null,
    metadata: { model: "sdxl", steps: 4 },
    ...more,
  };
}

function storePictures(rows: readonly PictureCandidate[], name = "candidates") {
  const store = temporaryStore();
  const stage = openStage(store, name);
  store.shards.commit(stage.id, 0, placeFile(store, stage, 0, rows.length), (writer) => {
    writer.prompts(PROMPTS);
    writer.pictures(rows);
  });
  return { store, stage };
}

test("a picture is a candidate without settings, and what its source says of it is kept", () => {
  const { store, stage } = storePictures([picture(), picture({ id: "cd".repeat(12), seed: 7 })]);
  const found = [...store.candidates.ofShard(stage.id, 0)];
  expect(found).toMatchObject([
    { ...picture(), steps: 0, status: "finished", reason: "", row: 0, prompt: PROMPTS[1] },
    { id: "cd".repeat(12), seed: 7, row: 1 },
  ]);
  expect(found[0]).not.toHaveProperty("settings");
  expect(store.candidates.find("abab")).toMatchObject({ picture: { sha256: SHA }, seed: null });
  expect(store.pictures.find(SHA)).toEqual(picture().picture);
  const [group] = store.candidates.byPrompt(stage.id, "judge");
  expect(group?.candidates).toMatchObject([
    { seed: null, grid: SHA.slice(0, 16), verdict: null },
    { seed: 7 },
  ]);
});

test("what is said of a known picture replaces what was", () => {
  const { store } = storePictures([picture()]);
  const again = openStage(store, "candidates", "other");
  const moved = picture({
    metadata: { model: "flux" },
    picture: { ...picture().picture, place: "pictures/5d" },
  });
  store.shards.commit(again.id, 0, placeFile(store, again, 0, 1), (writer) => writer.pictures([moved]));
  expect(store.candidates.find(moved.id)).toMatchObject({
    metadata: { model: "flux" },
    picture: { place: "pictures/5d" },
  });
  expect(store.counts()).toMatchObject({ candidates: 1, pictures: 1, candidate_rows: 2 });
});

test("token grids lie beside pictures as before, and plain text takes no structure away", () => {
  const { store, stage } = storePictures([picture()]);
  const grids = openStage(store, "candidates", "grids");
  storeCandidates(store, grids, 0, [candidate(1)]);
  expect(store.candidates.find(candidate(1).id)).toMatchObject({ settings: candidate(1).settings, seed: 1 });
  expect(store.candidates.find(candidate(1).id)).not.toHaveProperty("picture");
  const plain = PROMPTS.map(({ id, text }) => ({ id, text }));
  store.shards.commit(stage.id, 1, { rows: 2 }, (writer) => writer.prompts(plain));
  expect(store.prompts.find(PROMPTS[1]?.id as string)).toEqual(PROMPTS[1]);
});

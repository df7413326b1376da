import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { freezeConfig } from "../../src/config/freeze-config.js";
import type { TorchModelsConfig } from "../../src/config/schema/models.js";
import { CheckpointError } from "../../src/errors.js";
import { openModelPlaces } from "../../src/families/model-places.js";
import { openTorchFamily } from "../../src/families/torch-family.js";
import { findCheckpoint } from "../../src/stages/checkpoints/find-checkpoint.js";
import { HubServer } from "../fixtures/hub/hub-server.js";
import { openBench } from "../stages/stage-place.js";

const WORKER = fileURLToPath(new URL("../fixtures/python/serves.mjs", import.meta.url));
const NAME = "ann/tiny-judge";
const weights = (content: string) => ({ "config.json": "{}", "model.safetensors": content });

/** A family whose models come from a Hub of our own, into an empty cache. */
async function openFamily(server: HubServer) {
  const folder = mkdtempSync(join(tmpdir(), "espalier-show-o-family-"));
  const environment = { url: server.url, token: undefined, cache: join(folder, "hub"), offline: false };
  const places = openModelPlaces({}, () => environment);
  server.model("ann/tiny-tokenizer", weights("tokenizer"));
  const models = { family: "show-o", tokenizer: "ann/tiny-tokenizer" } as const;
  const config = freezeConfig({ name: "mine", models }).models as TorchModelsConfig;
  const family = openTorchFamily(config, { places, command: [process.execPath, WORKER] });
  onTestFinished(async () => {
    await family.close();
    rmSync(folder, { recursive: true });
  });
  return { family, cache: environment.cache };
}

test("a branch of the Hub stays, for a workspace, what it was at first, also on another machine", async () => {
  const server = await new HubServer().open();
  onTestFinished(() => server.close());
  server.model(NAME, weights("first"));
  const commit = server.commitOf(NAME);
  const { store } = openBench();
  const here = await openFamily(server);
  const places = { store, models: "nowhere", outside: here.family.outside };
  const first = await findCheckpoint(NAME, "judge", places);
  expect(first).toMatchObject({ name: NAME, location: `outside:${NAME}@${commit}` });
  expect(await findCheckpoint(NAME, "judge", places)).toEqual(first);

  // The branch goes on. A machine with an empty cache finds the commit that the ledger names, or says that it cannot.
  server.model(NAME, weights("second"));
  const there = await openFamily(server);
  const elsewhere = { ...places, outside: there.family.outside };
  await expect(findCheckpoint(NAME, "judge", elsewhere)).rejects.toThrow(`no revision "${commit}"`);
  const fresh = openBench().store;
  const newer = await findCheckpoint(NAME, "judge", { ...elsewhere, store: fresh });
  expect(newer.location).toBe(`outside:${NAME}@${server.commitOf(NAME)}`);
  expect(newer.identity).not.toBe(first.identity);
  await expect(findCheckpoint(first.identity, "judge", { ...elsewhere, store: fresh })).rejects.toThrow(
    CheckpointError,
  );
});

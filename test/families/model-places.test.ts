import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { HubError } from "../../src/errors.js";
import { isHubName, openModelPlaces } from "../../src/families/model-places.js";
import { HubServer } from "../fixtures/hub/hub-server.js";

async function places() {
  const server = await new HubServer().open();
  const cache = mkdtempSync(join(tmpdir(), "espalier-places-"));
  onTestFinished(async () => {
    await server.close();
    rmSync(cache, { recursive: true });
  });
  const environment = { url: server.url, token: undefined, cache, offline: false };
  return { server, cache, places: openModelPlaces({}, () => environment) };
}

describe("places of released models", () => {
  test("are folders, the cache, and the Hub behind it", async () => {
    const at = await places();
    at.server.model("ann/tiny", { "config.json": "{}", "model.safetensors": "weights" });
    expect(await at.places.has("src")).toBe(true);
    expect(await at.places.resolve("src")).toBe(resolve("src"));
    expect(await at.places.has("ann/tiny")).toBe(false);
    const folder = await at.places.resolve("ann/tiny");
    expect(await at.places.has("ann/tiny")).toBe(true);
    expect(await at.places.resolve("ann/tiny")).toBe(folder);
    await expect(at.places.resolve("ann/none")).rejects.toThrow(HubError);
  });

  test("bring a known tokenizer without its model, and a known model at its commit", async () => {
    const at = await places();
    at.server.model("microsoft/phi-1_5", { "tokenizer.json": "{}", "model.safetensors": "weights" });
    await at.places.resolve("microsoft/phi-1_5@main");
    expect(at.server.requests.some((line) => line.includes("resolve") && line.includes("safetensors"))).toBe(
      false,
    );
    const commit = "cdabfbde0b00f617a846ea970488f8b0c6e26df7";
    const folder = join(at.cache, "models--showlab--show-o", "snapshots", commit);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "pytorch_model.safetensors"), "weights");
    expect(await at.places.resolve("showlab/show-o")).toBe(folder);
  });
});

test("a round of a run is no name on the Hub", () => {
  const names = ["showlab/show-o", "ZiyuG/Image-Generation-CoT/parm", "ann/x@main"];
  expect(names.filter(isHubName)).toEqual(names);
  expect(["quickstart/round-2", "scenes-base", "./models/x", "a1b2c3"].filter(isHubName)).toEqual([]);
});

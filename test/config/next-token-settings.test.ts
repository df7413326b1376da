import { expect, it } from "vitest";
import { freezeConfig } from "../../src/config/freeze-config.js";
import { scheduleOf } from "../../src/config/schema/models.js";

const llamagen = { family: "llamagen", base: "a", tokenizer: "b" } as const;

it("draws as the families were released unless told otherwise", () => {
  const janus = freezeConfig({ name: "mine", models: { family: "janus-pro" } });
  expect(janus.sampler).toEqual({
    ...{ steps: 24, guidanceScale: 5, temperature: 1, topK: null, topP: 1, preview: "drawn", slots: 16 },
  });
  expect(janus.models).toMatchObject({ judge: "self", base: "deepseek-community/Janus-Pro-1B" });
  expect(scheduleOf(janus.models)).toBe("raster");
  const other = freezeConfig({ name: "mine", models: llamagen, sampler: { topK: 7 } });
  expect(other.sampler).toMatchObject({ steps: 16, guidanceScale: 7.5, topK: 7, topP: 1 });
  expect(other.rounds[0]?.training).toMatchObject({ adapter: { rank: 8 }, device: "auto" });
});

it("leaves the settings of masked-token generators as they were", () => {
  const { models, sampler } = freezeConfig({ name: "mine" });
  expect(Object.keys(sampler).sort()).toEqual(["guidanceScale", "slots", "steps", "temperature"]);
  expect(scheduleOf(models)).toBe("cosine");
});

it.each([
  [{ topK: null }, '"sampler.topK" to be left out'],
  [{ topP: 0.9 }, '"sampler.topP" to be left out'],
  [
    { preview: "drawn" },
    '"sampler.preview" to be left out: only next-token generators have it, and the family is show-o',
  ],
])("refuses %j where masked tokens are drawn", (sampler, message) => {
  expect(() => freezeConfig({ name: "mine", models: { family: "show-o" }, sampler })).toThrow(message);
});

it("says which models of LlamaGen are to be named", () => {
  const missing = () => freezeConfig({ name: "mine", models: { family: "llamagen" } });
  expect(missing).toThrow(/"models.base" to be a folder/);
  expect(missing).toThrow(/"models.tokenizer" to be a folder or file/);
  const zero = () => freezeConfig({ name: "mine", models: llamagen, sampler: { topP: 0 } });
  expect(zero).toThrow(/"sampler.topP" to be a positive number/);
});

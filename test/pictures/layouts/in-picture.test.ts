import { describe, expect, test } from "vitest";
import { pngTexts } from "../../../src/adapters/images/index.js";
import { saidByAutomatic1111 } from "../../../src/pictures/layouts/automatic1111.js";
import { saidByComfyui } from "../../../src/pictures/layouts/comfyui.js";
import { encodedPicture, withText } from "../../fixtures/pictures.js";

test("the texts of a PNG are read in the encoding of their kind", async () => {
  const png = await encodedPicture(4, 4);
  for (const type of ["tEXt", "zTXt", "iTXt"] as const) {
    const text = `Füchse, ${"x".repeat(3000)}`;
    expect(pngTexts(withText(png, "parameters", text, type)).get("parameters")).toBe(text);
  }
  expect(pngTexts(withText(png, "prompt", "狐")).get("prompt")).toBe("狐");
  expect(pngTexts(png.subarray(0, 40)).size).toBe(0);
});

describe("AUTOMATIC1111", () => {
  test("prompts of several lines, texts against, and values with commas", () => {
    const said = saidByAutomatic1111(
      'a cat,\n(red:1.2)\nNegative prompt: ugly,\nblurry\nSteps: 20, Sampler: DPM++ 2M, CFG scale: 5.5, Seed: 42, Size: 512x768, Model hash: 0012, Lora hashes: "a: 1, b: 2", Version: v1.9',
    );
    expect(said).toEqual({
      prompt: "a cat,\n(red:1.2)",
      seed: 42,
      metadata: {
        negative_prompt: "ugly,\nblurry",
        steps: 20,
        sampler: "DPM++ 2M",
        guidance: 5.5,
        size: "512x768",
        model_hash: "0012",
        lora_hashes: "a: 1, b: 2",
        version: "v1.9",
      },
    });
  });

  test("a prompt alone, and a hostile line in no time", () => {
    expect(saidByAutomatic1111("a cat")).toEqual({ prompt: "a cat", metadata: {} });
    const started = performance.now();
    for (const part of ["a", " ", 'x:"', "a:"])
      saidByAutomatic1111(`a cat\nSteps: 20, ${part.repeat(200_000)}`);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe("ComfyUI", () => {
  /** A graph of SD3 and FLUX: no sampler with seed and text of its own, but a guider, noise and a scheduler. */
  const custom = {
    5: { inputs: { width: 1024, height: 1024 } },
    6: { inputs: { clip: ["11", 0], text: ["30", 0] } },
    7: { inputs: { clip: ["11", 0], text: "what is not wanted" } },
    8: { inputs: { samples: ["13", 0], vae: ["10", 0] } },
    9: { class_type: "SaveImage", inputs: { images: ["8", 0] } },
    13: { inputs: { noise: ["25", 0], guider: ["22", 0], sampler: ["16", 0], sigmas: ["17", 0] } },
    16: { inputs: { sampler_name: "euler" } },
    17: { inputs: { scheduler: "simple", steps: 28, denoise: 1, model: ["12", 0] } },
    22: { inputs: { model: ["12", 0], negative: ["7", 0], conditioning: ["26", 0] } },
    25: { inputs: { noise_seed: "SEED" } },
    26: { inputs: { guidance: 3.5, conditioning: ["6", 0] } },
    12: { inputs: { unet_name: "flux1-dev.safetensors" } },
    30: { inputs: { value: " a fox\nin the snow " } },
  };

  test("the text behind guiders and other nodes, with the settings nearest to the picture", () => {
    const graph = JSON.stringify(custom).replace('"SEED"', "12345");
    expect(saidByComfyui(graph)).toEqual({
      prompt: "a fox\nin the snow",
      seed: 12345,
      metadata: {
        steps: 28,
        guidance: 3.5,
        sampler: "euler",
        scheduler: "simple",
        denoise: 1,
        model: "flux1-dev.safetensors",
      },
    });
  });

  test("a seed of more than 32 bits is kept among the rest, to the last digit", () => {
    for (const [seed, kept] of [
      ["18446744073709551557", "18446744073709551557"],
      ["4294967296", 4294967296],
    ] as const) {
      const said = saidByComfyui(JSON.stringify(custom).replace('"SEED"', seed));
      expect(said.seed).toBeUndefined();
      expect(said.metadata["seed"]).toBe(kept);
    }
  });

  test("graphs without a text, in a circle, or too deep for a stack are refused or read", () => {
    expect(() =>
      saidByComfyui('{"1": {"inputs": {"positive": ["2", 0]}}, "2": {"inputs": {"text": ["2", 0]}}}'),
    ).toThrow("a text that reaches a sampler's positive input");
    for (const odd of ["null", "7", "[]", "{}", '{"1": null}', '{"1": {"inputs": 7}}'])
      expect(() => saidByComfyui(odd)).toThrow("a text that reaches");
    expect(() => saidByComfyui("{nan")).toThrow("does not parse");
    const deep = Array.from({ length: 50_000 }, (_, id) => [id, { inputs: { positive: [`${id + 1}`, 0] } }]);
    const graph = { ...Object.fromEntries(deep), 50000: { inputs: { text: "at the bottom" } } };
    expect(saidByComfyui(JSON.stringify(graph)).prompt).toBe("at the bottom");
  });
});

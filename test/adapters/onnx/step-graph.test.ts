import { Tensor } from "onnxruntime-node";
import { expect, test } from "vitest";
import type { OnnxModel } from "../../../src/adapters/onnx/model.js";
import { StepGraph } from "../../../src/adapters/onnx/step-graph.js";
import { type MaskedPath, openPath } from "../../../src/decoding/path.js";
import { STREAMS, uniform } from "../../../src/decoding/randomness.js";
import { fakePrompt } from "../../../src/testing.js";

const GRID = { tokens: 4, mask: 9 };

interface Call {
  readonly dims: Record<string, readonly number[]>;
  readonly tokens: number[];
  readonly uniform: Float32Array;
  readonly buffers: unknown[];
}

function recordingGraph(slots: number): { graph: StepGraph; calls: Call[] } {
  const calls: Call[] = [];
  const run = async (feeds: Record<string, Tensor>, fetches: Record<string, Tensor>) => {
    const tensors = { ...feeds, ...fetches };
    calls.push({
      dims: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tensor.dims])),
      tokens: Array.from(tensors["tokens"]?.data as Int32Array),
      uniform: Float32Array.from(tensors["uniform"]?.data as Float32Array),
      buffers: Object.values(tensors).map(({ data }) => data),
    });
    return {};
  };
  const model = { session: { run }, Tensor, checkpoint: { config: {} } } as unknown as OnnxModel;
  return { graph: new StepGraph(model, slots, GRID, 2, 1.5), calls };
}

const path = (seed: number): MaskedPath => openPath(fakePrompt("p"), seed, [1, 2], GRID);

test("every pass has all slots and the same buffers, however few paths there are", async () => {
  const { graph, calls } = recordingGraph(3);
  await graph.run([path(1), path(2), path(3)]);
  await graph.run([path(4)]);
  await graph.run([]);
  for (const { dims, buffers } of calls) {
    expect(dims).toEqual({
      text: [3, 2],
      tokens: [3, 4],
      uniform: [3, 4],
      guidance_scale: [1],
      drawn: [3, 4],
      log_probability: [3, 4],
    });
    for (const [index, buffer] of buffers.entries()) expect(buffer).toBe(calls[0]?.buffers[index]);
  }
});

test("a path's row holds its tokens and its own random numbers where it is masked", async () => {
  const { graph, calls } = recordingGraph(2);
  const known = path(8);
  known.tokens[1] = 5;
  known.step = 3;
  await graph.run([path(7), known]);
  expect(calls[0]?.tokens).toEqual([9, 9, 9, 9, 9, 5, 9, 9]);
  expect(calls[0]?.uniform[2]).toBe(uniform(7, 0, 2, STREAMS.draw));
  expect(calls[0]?.uniform[4 + 3]).toBe(uniform(8, 3, 3, STREAMS.draw));
});

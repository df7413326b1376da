import type { InferenceSession } from "onnxruntime-node";
import { REASONS } from "../../records/reasons.js";
import type { BundledRecord } from "../checkpoint-record.js";

/** Side of the square of pixels that a token of the bundled tokenizer stands for. */
export const PIXELS_A_TOKEN = 8;

/** The last dimensions by name: before them comes how many images or paths go through at once. */
type Shapes = Readonly<Record<string, readonly number[]>>;

/** What keeps a graph from being the model that its checkpoint.json describes, by name; undefined when nothing does. */
export function graphComplaint(
  session: Pick<InferenceSession, "inputMetadata" | "outputMetadata">,
  checkpoint: BundledRecord,
  fileName: string,
): string | undefined {
  const { inputs, outputs } = expectedOf(checkpoint, fileName);
  const complaints = [
    ...complaintsOf("input", inputs, shapesOf(session.inputMetadata)),
    ...complaintsOf("output", outputs, shapesOf(session.outputMetadata)),
  ];
  return complaints.length === 0 ? undefined : complaints.join("; ");
}

function expectedOf(checkpoint: BundledRecord, fileName: string): { inputs: Shapes; outputs: Shapes } {
  const { config, questions = [], reasons = [] } = checkpoint;
  const [cells, words] = [[config.grid ** 2], [config.text_length ?? 0]];
  const side = config.grid * PIXELS_A_TOKEN;
  const pixels = [side, side, 3];
  if (fileName === "decoder.onnx") return { inputs: { tokens: cells }, outputs: { pixels } };
  if (fileName === "encoder.onnx") return { inputs: { pixels }, outputs: { tokens: cells } };
  if (checkpoint.kind === "judge") {
    const settled = config.settled ? { settled: cells } : {};
    const probabilities = [questions.length + reasons.length];
    return { inputs: { text: words, tokens: cells, ...settled }, outputs: { probabilities } };
  }
  if (checkpoint.family === "bundled-next-token") return nextTokenShapes(config, fileName);
  const corrections = config.correction_reasons ? { previous: cells, reasons: [REASONS.length] } : {};
  return {
    inputs: { text: words, tokens: cells, uniform: cells, guidance_scale: [1], ...corrections },
    outputs: { drawn: cells, log_probability: cells },
  };
}

/** Of the two graphs of a next-token generator, whose first dimension is free as well. */
function nextTokenShapes(
  { grid, text_length: text = 0, width = 0, layers = 0, heads = 1 }: BundledRecord["config"],
  fileName: string,
): { inputs: Shapes; outputs: Shapes } {
  const [places, head] = [text + 1, width / heads];
  if (fileName === "caption.onnx") {
    const read = [layers, heads, places, head];
    return { inputs: { text: [text] }, outputs: { keys: read, values: read, first: [width] } };
  }
  const [cache, fresh] = [
    [layers, heads, places + grid ** 2, head],
    [layers, heads, head],
  ];
  const each = { before: [], position: [], uniform: [] };
  return {
    inputs: { ...each, keys: cache, values: cache, first: [width], guidance_scale: [1], temperature: [1] },
    outputs: { drawn: [], log_probability: [], fresh_keys: fresh, fresh_values: fresh },
  };
}

/** A dimension is a name where it is free. */
type Found = ReadonlyMap<string, readonly (number | string)[]>;

function shapesOf(metadata: readonly InferenceSession.ValueMetadata[]): Found {
  return new Map(metadata.map((value) => [value.name, value.isTensor ? value.shape : []]));
}

function complaintsOf(what: string, expected: Shapes, found: Found): string[] {
  const unknown = [...found.keys()].filter((name) => !(name in expected));
  return [
    ...unknown.map((name) => `it has an unknown ${what} ${name}`),
    ...Object.entries(expected).flatMap(([name, wanted]) => {
      const got = found.get(name)?.slice(wanted.length === 0 ? 1 : -wanted.length);
      if (got === undefined) return [`it lacks the ${what} ${name}`];
      const fits =
        got.length === wanted.length && got.every((size, at) => isFree(size) || size === wanted[at]);
      return fits
        ? []
        : [`its ${what} ${name} has the shape [${got.join(", ")}], expected [${wanted.join(", ")}]`];
    }),
  ];
}

function isFree(size: number | string): boolean {
  return typeof size === "string";
}

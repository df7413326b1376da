import { PictureError } from "../../errors.js";
import type { Said } from "../claim.js";
import { saidOf } from "../metadata.js";

/** The inputs of a node of ComfyUI's graph: values, and links to other nodes' outputs as [id, place]. */
type Inputs = Readonly<Record<string, unknown>>;
type Graph = ReadonlyMap<string, Inputs>;

/** Inputs by which what is wanted reaches a sampler or its guider, and passes from node to node. */
const WANTED = /^(positive|conditioning(_\w+)?)$/;
/** Inputs that hold a text or lead to one, the first one there first. */
const TEXTS = ["text", "text_g", "prompt", "clip_l", "t5xxl", "string", "value"];
/** Inputs that are kept, with the name that they have elsewhere. */
const SETTINGS: Readonly<Record<string, string>> = {
  ...{
    seed: "seed",
    noise_seed: "seed",
    steps: "steps",
    cfg: "guidance",
    guidance: "guidance",
    denoise: "denoise",
  },
  ...{ sampler_name: "sampler", scheduler: "scheduler", ckpt_name: "model", unet_name: "model" },
};

/**
 * What ComfyUI keeps in the PNG text "prompt": the graph that ran (nodes.py, SaveImage). It is walked back from its ends; of each
 * setting the nearest counts, and the nearest positive input leads to the text. Throws PictureError where none is found.
 */
export function saidByComfyui(text: string): Said {
  const graph = graphOf(text);
  const nodes = fromItsEnds(graph);
  const prompt = nodes.map((inputs) => wantedText(graph, inputs)).find((found) => found !== undefined);
  if (prompt === undefined)
    throw new PictureError(
      "expected ComfyUI's graph with a text that reaches a sampler's positive input, got none. Write the prompts in metadata.jsonl.",
    );
  const fields: Record<string, unknown> = {};
  for (const [name, value] of nodes.flatMap((inputs) => Object.entries(inputs))) {
    const setting = SETTINGS[name];
    if (setting !== undefined && linkIn(value) === undefined) fields[setting] ??= value;
  }
  return saidOf(prompt, fields);
}

/** Seeds go to 2^64, which JavaScript's numbers cannot tell apart: the long ones are kept as text. */
const LONG_SEED = /("(?:noise_)?seed"\s*:\s*)(\d{16,})/g;

function graphOf(text: string): Graph {
  try {
    const nodes = JSON.parse(text.replace(LONG_SEED, '$1"$2"')) as Record<string, { inputs?: Inputs } | null>;
    return new Map(Object.entries(nodes ?? {}).map(([id, node]) => [id, node?.inputs ?? {}]));
  } catch (cause) {
    throw new PictureError(
      `expected ComfyUI's graph as JSON, got text that does not parse (${(cause as Error).message}). Write the prompts in metadata.jsonl.`,
      { cause },
    );
  }
}

/** Nodes from those that lead nowhere back to the first ones, the nearest first. */
function fromItsEnds(graph: Graph): Inputs[] {
  const linked = new Set([...graph.values()].flatMap(linksOf));
  const order = [...graph.keys()].filter((id) => !linked.has(id));
  const seen = new Set(order);
  for (const id of order) {
    for (const next of linksOf(graph.get(id) ?? {})) {
      if (seen.has(next)) continue;
      seen.add(next);
      order.push(next);
    }
  }
  return order.map((id) => graph.get(id) ?? {});
}

function linksOf(inputs: Inputs): string[] {
  return Object.values(inputs)
    .map(linkIn)
    .filter((id) => id !== undefined);
}

function linkIn(value: unknown): string | undefined {
  return Array.isArray(value) && value.length === 2 && typeof value[1] === "number"
    ? String(value[0])
    : undefined;
}

/** The text that a node's positive input, or what it is conditioned on, comes from. */
function wantedText(graph: Graph, inputs: Inputs, seen: ReadonlySet<string> = new Set()): string | undefined {
  const wanted = Object.entries(inputs).filter(([name]) => WANTED.test(name));
  const ids = wanted.map(([, value]) => linkIn(value)).filter((id) => id !== undefined && !seen.has(id));
  return ids.map((id) => textAt(graph, id as string, seen)).find((text) => text !== undefined);
}

function textAt(graph: Graph, id: string, seen: ReadonlySet<string>): string | undefined {
  const inputs = graph.get(id);
  if (inputs === undefined || seen.has(id)) return undefined;
  const further = new Set([...seen, id]);
  for (const value of TEXTS.map((name) => inputs[name])) {
    if (typeof value === "string" && value.trim() !== "") return value.trim();
    const link = linkIn(value);
    const found = link === undefined ? undefined : textAt(graph, link, further);
    if (found !== undefined) return found;
  }
  return wantedText(graph, inputs, further);
}

import { parseExactly } from "../../adapters/exact-numbers.js";
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
  const prompt = wantedText(graph, nodes);
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

function graphOf(text: string): Graph {
  try {
    const nodes = parseExactly(text) as Record<string, { inputs?: Inputs } | null>;
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

/** The text that the positive input of the first of the nodes comes from, or what it is conditioned on: depth first, each node once. */
function wantedText(graph: Graph, nodes: readonly Inputs[]): string | undefined {
  const open = nodes.flatMap(wantedLinks).reverse();
  const seen = new Set<string>();
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = graph.get(id);
    if (node === undefined || seen.has(id)) continue;
    seen.add(id);
    const values = TEXTS.map((name) => node[name]);
    const text = values.find((value) => typeof value === "string" && value.trim() !== "");
    if (text !== undefined) return (text as string).trim();
    const texts = values.map(linkIn).filter((link) => link !== undefined);
    open.push(...[...texts, ...wantedLinks(node)].reverse());
  }
  return undefined;
}

function wantedLinks(inputs: Inputs): string[] {
  return linksOf(Object.fromEntries(Object.entries(inputs).filter(([name]) => WANTED.test(name))));
}

import type { AtomicQuestion } from "../../config/schema/questions.js";
import type { Prompt, Requirement } from "../../records/prompt.js";
import type { Failure, Talker } from "./talker.js";

export type PromptParts = { readonly kind: "split"; readonly parts: readonly string[] } | Failure;

/** The checkable questions of a prompt: by template where its structure is known, by the judge itself otherwise. */
export async function partsOfPrompt(
  talker: Talker,
  { split, most }: AtomicQuestion,
  prompt: Prompt,
): Promise<PromptParts> {
  const known = (prompt.metadata?.include ?? []).flatMap((one, _, all) => questionsOf(one, all));
  if (known.length > 0) return { kind: "split", parts: known.slice(0, most) };
  const text = split.split("{prompt}").join(prompt.text);
  const written = await talker.write({ turns: [text], images: [] }, SPLIT_TOKENS);
  if (written.kind === "failed") return { ...written, reason: `splitting the prompt: ${written.reason}` };
  const parts = readList(written.text);
  if (parts !== undefined && parts.length <= most) return { kind: "split", parts };
  const found = parts === undefined ? `"${written.text.trim().slice(0, 80)}"` : `${parts.length} of them`;
  return {
    kind: "failed",
    reason: `splitting the prompt: expected a JSON list of 1 to ${most} questions, got ${found}`,
  };
}

const SPLIT_TOKENS = 1024;

/** A JSON list of texts, alone or in a fence as models like to write it; undefined for anything else. */
function readList(text: string): string[] | undefined {
  const inner = /^\s*(?:```(?:json)?\s*)?(\[[\s\S]*\])\s*(?:```)?\s*$/.exec(text)?.[1];
  try {
    const list = JSON.parse(inner ?? "") as unknown[];
    const isWhole = list.length > 0 && list.every((one) => typeof one === "string" && one.trim() !== "");
    return isWhole ? (list as string[]) : undefined;
  } catch {
    return undefined;
  }
}

/** What GenEval's metadata asks for, as questions: that it is there, how many, in which colour, and where. */
function questionsOf(one: Requirement, all: readonly Requirement[]): string[] {
  const name = one.color === undefined ? one.class : `${one.color} ${one.class}`;
  const count =
    one.count > 1 ? `Is the number of ${one.class} objects in it exactly ${one.count}?` : undefined;
  const [place, target] = one.position ?? [];
  const other = target === undefined ? undefined : all[target]?.class;
  return [
    `Does the picture show at least one ${one.class}?`,
    ...(count === undefined ? [] : [count]),
    ...(one.color === undefined ? [] : [`Is the ${one.class} ${one.color}?`]),
    ...(place === undefined || other === undefined ? [] : [`Is the ${name} ${place} the ${other}?`]),
  ];
}

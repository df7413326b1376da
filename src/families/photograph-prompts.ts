import { readPromptFile } from "../adapters/prompt-file.js";
import { nearestName } from "../config/nearest-name.js";
import { PromptError } from "../errors.js";
import { COLORS } from "../geneval/colors.js";
import { COCO_CLASSES } from "../geneval/vocabulary.js";
import { type Prompt, type PromptMetadata, promptId, type Requirement, TASKS } from "../records/prompt.js";

/**
 * Prompts of generators that know any words: plain lines, or GenEval's JSONL (evaluation_metadata.jsonl as its authors
 * publish it) over the 80 objects of COCO. Throws PromptError at the first line that no detector could check.
 */
export async function readPhotographPrompts(file: string): Promise<readonly Prompt[]> {
  return (await readPromptFile(file, photographPrompt)).prompts;
}

/** A prompt from its text, which only a judge can check, or from GenEval metadata. */
export function photographPrompt(source: string | PromptMetadata): Prompt {
  if (typeof source === "string") return { id: promptId(source), text: source };
  checkNames("tag", source.tag, TASKS);
  for (const clause of [...source.include, ...(source.exclude ?? [])]) checkClause(clause);
  return { id: promptId(source.prompt), text: source.prompt, metadata: source };
}

function checkClause({ class: name, color }: Requirement): void {
  checkNames("object", name, COCO_CLASSES);
  if (color !== undefined) checkNames("colour", color, COLORS);
}

function checkNames(what: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  const near = nearestName(name, known);
  const list = known.length > 20 ? `one of COCO's ${known.length} in GenEval's words` : known.join(", ");
  throw new PromptError(
    `expected the ${what} to be ${list}, got "${name}"${near ? `; did you mean "${near}"?` : ""} Correct this line, or write the prompt as plain text.`,
  );
}

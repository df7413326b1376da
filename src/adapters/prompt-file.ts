import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { PromptError } from "../errors.js";
import type { Prompt, PromptMetadata } from "../records/prompt.js";

/** The prompts of a file, each once. */
export interface PromptList {
  readonly prompts: readonly Prompt[];
  /** Lines that repeated an earlier prompt and were left out. */
  readonly duplicates: number;
}

/** A prompt from a line of text, or from GenEval metadata. Throws PromptError when the models cannot be asked for it. */
export type PromptOf = (source: string | PromptMetadata) => Prompt;

/**
 * Reads a prompt file: plain lines ("a red star") and GenEval JSONL, also mixed. Blank lines are skipped.
 * Throws PromptError (file, line, expected, got, cure) at the first line that cannot be used.
 */
export async function readPromptFile(file: string, promptOf: PromptOf): Promise<PromptList> {
  const prompts = new Map<string, Prompt>();
  let lines = 0;
  for await (const prompt of streamPromptFile(file, promptOf)) {
    lines++;
    if (!prompts.has(prompt.id)) prompts.set(prompt.id, prompt);
  }
  if (lines === 0)
    throw new PromptError(`${file} holds no prompts: expected at least one line, such as "a red star".`);
  return { prompts: [...prompts.values()], duplicates: lines - prompts.size };
}

/** Yields one prompt per line that is not blank, repeats included, without holding the file in memory. */
export async function* streamPromptFile(file: string, promptOf: PromptOf): AsyncGenerator<Prompt> {
  let number = 0;
  for await (const line of linesOf(file)) {
    number++;
    if (line.trim() !== "") yield promptOfLine(line.trim(), `${file}, line ${number}`, promptOf);
  }
}

/** First 16 hex digits of sha256 over a prompt's text. */
export function promptId(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

async function* linesOf(file: string): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Number.POSITIVE_INFINITY });
  } catch (error) {
    if (error instanceof PromptError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PromptError(
      `Prompt file ${file} cannot be read: ${reason}. Check the path and its permissions.`,
      {
        cause: error,
      },
    );
  }
}

function promptOfLine(line: string, place: string, promptOf: PromptOf): Prompt {
  try {
    return promptOf(line.startsWith("{") ? parseMetadata(line) : line);
  } catch (error) {
    if (error instanceof PromptError) throw new PromptError(`${place}: ${error.message}`, { cause: error });
    throw error;
  }
}

const requirement = z.object({
  class: z.string(),
  count: z.int().min(1),
  color: z.string().optional(),
  position: z.tuple([z.string(), z.int().min(0)]).optional(),
});

const metadataSchema = z.object({
  tag: z.string(),
  include: z.array(requirement).min(1),
  exclude: z.array(requirement).optional(),
  prompt: z.string().min(1),
});

function parseMetadata(line: string): PromptMetadata {
  const result = metadataSchema.safeParse(parseJson(line));
  if (result.success) return result.data as PromptMetadata;
  const issue = result.error.issues[0];
  throw new PromptError(
    `expected GenEval metadata {"tag", "include": [{"class", "count"}], "prompt"}, ` +
      `got a line where ${issue?.path.join(".") || "the whole"} is wrong (${issue?.message}). Correct this line.`,
  );
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PromptError(
      `expected one JSON object on the line, got text that does not parse (${reason}). ` +
        `Put each object on a line of its own, or write the prompt as plain text.`,
      { cause: error },
    );
  }
}

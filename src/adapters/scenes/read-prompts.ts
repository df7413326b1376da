import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { z } from "zod";
import { PromptError } from "../../errors.js";
import type { Prompt, PromptMetadata } from "../../records/prompt.js";
import { parsePrompt } from "./grammar.js";
import { readStatement } from "./statement.js";
import { encodePrompt } from "./vocabulary.js";

/** The prompts of a file, each once. */
export interface PromptList {
  readonly prompts: readonly Prompt[];
  /** Lines that repeated an earlier prompt and were left out. */
  readonly duplicates: number;
}

/**
 * Reads a prompt file of the bundled domain: plain lines ("a red star") and GenEval JSONL, also mixed. Blank lines
 * are skipped. Throws PromptError (file, line, expected, got, cure) at the first line that cannot be used.
 */
export async function readPrompts(file: string): Promise<PromptList> {
  const prompts = new Map<string, Prompt>();
  let lines = 0;
  for await (const prompt of streamPrompts(file)) {
    lines++;
    if (!prompts.has(prompt.id)) prompts.set(prompt.id, prompt);
  }
  if (lines === 0)
    throw new PromptError(`${file} holds no prompts: expected at least one line, such as "a red star".`);
  return { prompts: [...prompts.values()], duplicates: lines - prompts.size };
}

/** Yields one prompt per line that is not blank, repeats included, without holding the file in memory. */
export async function* streamPrompts(file: string): AsyncGenerator<Prompt> {
  let number = 0;
  for await (const line of linesOf(file)) {
    number++;
    if (line.trim() !== "") yield promptOfLine(line.trim(), `${file}, line ${number}`);
  }
}

/** A prompt of the bundled domain from its text or metadata. */
export function promptOf(source: string | PromptMetadata): Prompt {
  const metadata = typeof source === "string" ? parsePrompt(source) : source;
  const id = createHash("sha256").update(metadata.prompt).digest("hex").slice(0, 16);
  return { id, text: metadata.prompt, metadata };
}

/** A prompt in its own words, with the metadata that they mean. Throws PromptError. */
export function verbatimPrompt(text: string): Prompt {
  encodePrompt(text);
  const id = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return { id, text, metadata: { ...parsePrompt(text), prompt: text } };
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

function promptOfLine(line: string, place: string): Prompt {
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
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new PromptError(
      `expected GenEval metadata {"tag", "include": [{"class", "count"}], "prompt"}, ` +
        `got a line where ${issue?.path.join(".") || "the whole"} is wrong (${issue?.message}). Correct this line.`,
    );
  }
  const metadata = result.data as PromptMetadata;
  encodePrompt(metadata.prompt);
  readStatement(metadata);
  return metadata;
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

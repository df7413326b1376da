import { z } from "zod";
import { PromptError } from "../errors.js";
import { type Prompt, type PromptMetadata, RELATIONS, TASKS, wordsOf } from "../records/prompt.js";
import { promptField, readPromptRecords } from "./prompt-records.js";
import { TextFault } from "./text/text-file.js";

/** The prompts of a file, each once. */
export interface PromptList {
  readonly prompts: readonly Prompt[];
  /** Texts that repeated an earlier prompt and were left out. */
  readonly duplicates: number;
}

/** A prompt from a line of text, or from GenEval metadata. Throws PromptError when the models cannot be asked for it. */
export type PromptOf = (source: string | PromptMetadata) => Prompt;

/**
 * Reads a prompt file: plain lines ("a red star") and GenEval JSONL, also mixed; lines of {"prompt"}; a list in JSON; CSV and
 * TSV. Texts that differ in white space, capitals or a last full stop alone are one prompt, the first of them.
 * Throws PromptError (file, place, expected, got, cure) at the first prompt that cannot be used.
 */
export async function readPromptFile(file: string, promptOf: PromptOf): Promise<PromptList> {
  const prompts = new Map<string, Prompt>();
  let read = 0;
  for await (const prompt of streamPromptFile(file, promptOf)) {
    read++;
    const words = wordsOf(prompt.text);
    if (!prompts.has(words)) prompts.set(words, prompt);
  }
  if (read === 0)
    throw new PromptError(`${file} holds no prompts: expected at least one line, such as "a red star".`);
  return { prompts: [...prompts.values()], duplicates: read - prompts.size };
}

/** Yields every prompt of a file, repeats included, without holding the file in memory. */
export async function* streamPromptFile(file: string, promptOf: PromptOf): AsyncGenerator<Prompt> {
  let place = file;
  try {
    for await (const { where, read } of readPromptRecords(file)) {
      place = `${file}, ${where}`;
      const source = sourceOf(read());
      checkPromptText(typeof source === "string" ? source : source.prompt);
      yield promptOf(source);
      place = file;
    }
  } catch (error) {
    if (error instanceof PromptError) throw new PromptError(`${place}: ${error.message}`, { cause: error });
    if (!isReading(error)) throw error;
    throw new PromptError(
      `Prompt file ${file} cannot be read: ${error.message}. Check the path and its permissions.`,
      { cause: error },
    );
  }
}

/** The first record of a prompt file, as it is there; undefined where there is none, or the file cannot be read. */
export async function firstRecord(file: string): Promise<unknown> {
  try {
    for await (const record of readPromptRecords(file)) return record.read();
  } catch (error) {
    if (!(error instanceof PromptError || isReading(error))) throw error;
  }
  return undefined;
}

/** Throws PromptError for a text that says nothing, or holds what no prompt does: a tab, a NUL, a line break. */
export function checkPromptText(text: string): void {
  const odd = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.exec(text)?.[0];
  if (odd !== undefined) {
    const code = odd.codePointAt(0) ?? 0;
    const name = ODD[code] ?? `the character U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    throw new PromptError(`expected a prompt in plain words, got one with ${name}. Take it out.`);
  }
  if (/^[\s\p{Cf}]*$/u.test(text))
    throw new PromptError("expected a prompt, got nothing in it. Write one, or take the entry out.");
  if (text.length > LONGEST_PROMPT)
    throw new PromptError(
      `expected a prompt of at most ${LONGEST_PROMPT} characters, got ${text.length}. Shorten it.`,
    );
}

/** Characters; no text model reads a tenth of it. */
const LONGEST_PROMPT = 20_000;

const ODD: Readonly<Record<number, string>> = {
  0: "a NUL: this looks like UTF-16 without its mark, save it as UTF-8",
  9: "a tab: this looks like a table (TSV) without a heading",
  10: "a line break",
  13: "a line break",
};

/** What the system says of a file, or what is no text in it; anything else is our own fault. */
function isReading(error: unknown): error is Error {
  return error instanceof TextFault || (error instanceof Error && "syscall" in error);
}

/** Clauses of a prompt, and objects of a clause: a detector keeps 16 of a class at most. */
const MOST_CLAUSES = 100;
const word = z.string().min(1).max(100);
const requirement = z.object({
  class: word,
  count: z.int().min(1).max(MOST_CLAUSES),
  color: word.optional(),
  position: z.tuple([z.enum(RELATIONS), z.int().min(0).max(MOST_CLAUSES)]).optional(),
});

const metadataSchema = z.object({
  tag: word,
  include: z
    .array(requirement)
    .min(1)
    .max(MOST_CLAUSES)
    .superRefine((clauses, context) => {
      for (const [index, { position }] of clauses.entries()) {
        if (position === undefined || position[1] < index) continue;
        const message = `expected the place of an earlier clause, below ${index}, got ${position[1]}`;
        context.addIssue({ code: "custom", path: [index, "position", 1], message });
      }
    }),
  exclude: z
    .array(requirement.omit({ position: true }))
    .max(MOST_CLAUSES)
    .optional(),
  prompt: z.string().min(1),
});

/** A text, or GenEval metadata; an object with neither is refused. */
function sourceOf(value: unknown): string | PromptMetadata {
  if (typeof value === "string") return value.trim();
  if (isMetadata(value)) return parseMetadata(value);
  const fields = Object.entries(value ?? {});
  const name = promptField(fields.map(([field]) => field));
  const text = fields.find(([field]) => field === name)?.[1];
  if (typeof text === "string") return text.trim();
  throw new PromptError(
    `expected a text, or an object with a text as "prompt", got ${JSON.stringify(value).slice(0, 80)}. Correct this entry.`,
  );
}

/** What a prompt asks for, where an object says it in GenEval's terms; undefined where it does not. */
export function structureIn(value: object): PromptMetadata | undefined {
  const result = metadataSchema.safeParse(value);
  return result.success ? (result.data as PromptMetadata) : undefined;
}

function isMetadata(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  return "include" in value || ("tag" in value && TASKS.some((task) => task === value.tag));
}

function parseMetadata(value: object): PromptMetadata {
  const result = metadataSchema.safeParse(value);
  if (result.success) return result.data as PromptMetadata;
  const issue = result.error.issues[0];
  throw new PromptError(
    `expected GenEval metadata {"tag", "include": [{"class", "count"}], "prompt"}, ` +
      `got a line where ${issue?.path.join(".") || "the whole"} is wrong (${issue?.message}). Correct this line.`,
  );
}

import { type PromptList, promptId, readPromptFile, streamPromptFile } from "../adapters/prompt-file.js";
import type { Prompt, PromptMetadata } from "../records/prompt.js";
import { parsePrompt } from "./grammar.js";
import { readStatement } from "./statement.js";
import { encodePrompt } from "./vocabulary.js";

export type { PromptList };

/** Reads a prompt file of the bundled domain. Throws PromptError as `readPromptFile`. */
export function readPrompts(file: string): Promise<PromptList> {
  return readPromptFile(file, checkedPrompt);
}

/** Yields one prompt per line that is not blank, repeats included, without holding the file in memory. */
export function streamPrompts(file: string): AsyncGenerator<Prompt> {
  return streamPromptFile(file, checkedPrompt);
}

/** A prompt of the bundled domain from its text or metadata. */
export function promptOf(source: string | PromptMetadata): Prompt {
  const metadata = typeof source === "string" ? parsePrompt(source) : source;
  return { id: promptId(metadata.prompt), text: metadata.prompt, metadata };
}

/** A prompt in its own words, with the metadata that they mean. Throws PromptError. */
export function verbatimPrompt(text: string): Prompt {
  encodePrompt(text);
  return { id: promptId(text), text, metadata: { ...parsePrompt(text), prompt: text } };
}

/** Metadata of a file may say what the bundled models have no words for. */
function checkedPrompt(source: string | PromptMetadata): Prompt {
  if (typeof source !== "string") {
    encodePrompt(source.prompt);
    readStatement(source);
  }
  return promptOf(source);
}

import { type Prompt, type PromptMetadata, promptId } from "../../records/prompt.js";
import { parsePrompt } from "./grammar.js";
import { readStatement } from "./statement.js";
import { encodePrompt } from "./vocabulary.js";

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

/** As `promptOf`; throws PromptError for what the bundled models have no words for, as metadata of a file may. */
export function checkedPrompt(source: string | PromptMetadata): Prompt {
  if (typeof source !== "string") {
    encodePrompt(source.prompt);
    readStatement(source);
  }
  return promptOf(source);
}

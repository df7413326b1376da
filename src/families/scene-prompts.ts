import { type PromptList, readPromptFile } from "../adapters/prompt-file.js";
import { checkedPrompt } from "../scenes/language/prompt.js";

/** Reads a prompt file of the bundled domain. Throws PromptError as `readPromptFile`. */
export function readPrompts(file: string): Promise<PromptList> {
  return readPromptFile(file, checkedPrompt);
}

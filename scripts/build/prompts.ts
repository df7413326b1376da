/** Writes data/prompts/train.jsonl and held-out.jsonl and prints their counts and hashes: `npx tsx scripts/build/prompts.ts`. */
import "../explain-faults.js";
import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type PromptMetadata, TASKS } from "../../src/records/prompt.js";
import { promptSets } from "../../src/scenes/language/prompt-sets.js";

const folder = fileURLToPath(new URL("../../data/prompts/", import.meta.url));
mkdirSync(folder, { recursive: true });
const { train, heldOut } = promptSets();
write("train.jsonl", train);
write("held-out.jsonl", heldOut);

function write(name: string, prompts: readonly PromptMetadata[]): void {
  const text = prompts.map((prompt) => `${JSON.stringify(prompt)}\n`).join("");
  writeFileSync(`${folder}${name}`, text);
  const counts = TASKS.map((task) => `${task} ${prompts.filter(({ tag }) => tag === task).length}`);
  console.log(`${name}: ${prompts.length} prompts (${counts.join(", ")})`);
  console.log(`  sha256 ${createHash("sha256").update(text).digest("hex")}`);
}

/** Writes the prompts of pipelines/show-o.ts and prints their counts and hashes: `npx tsx scripts/build/photograph-prompts.ts`. */
import "../explain-faults.js";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { COLORS } from "../../src/geneval/colors.js";
import { structureOf } from "../../src/geneval/structure.js";
import { COCO_CLASSES } from "../../src/geneval/vocabulary.js";
import {
  type PromptMetadata,
  RELATIONS,
  type Requirement,
  TASKS,
  type Task,
} from "../../src/records/prompt.js";

/** Prompts of each task to train on and to hold out; the held-out ones are about as many as GenEval's own. */
const COUNTS: Readonly<Record<Task, readonly [train: number, heldOut: number]>> = {
  single_object: [80, 80],
  two_object: [400, 100],
  counting: [180, 60],
  colors: [400, 100],
  position: [400, 100],
  color_attr: [400, 100],
};

const folder = fileURLToPath(new URL("../../data/prompts/", import.meta.url));
const ranked = Object.fromEntries(TASKS.map((task) => [task, byHash(promptsOf(task))]));
write("photographs-train.jsonl", (task, prompts) => prompts.slice(-COUNTS[task][0]));
write("photographs-held-out.jsonl", (task, prompts) => prompts.slice(0, COUNTS[task][1]));

/** Tasks take turns until they run out, so that the first prompts of a file are balanced. */
function write(name: string, cut: (task: Task, prompts: PromptMetadata[]) => PromptMetadata[]): void {
  const groups = TASKS.map((task) => cut(task, ranked[task] as PromptMetadata[]));
  const turns = Array.from({ length: Math.max(...groups.map(({ length }) => length)) }, (_, turn) => turn);
  const prompts = turns.flatMap((turn) => groups.flatMap((group) => group.slice(turn, turn + 1)));
  const text = prompts.map((prompt) => `${JSON.stringify(prompt)}\n`).join("");
  writeFileSync(`${folder}${name}`, text);
  const counts = TASKS.map((task) => `${task} ${prompts.filter(({ tag }) => tag === task).length}`);
  console.log(`${name}: ${prompts.length} prompts (${counts.join(", ")})`);
  console.log(`  sha256 ${createHash("sha256").update(text).digest("hex")}`);
}

/** Sorted by a hash of what they ask for, one of each: the two ends of the list share no combination of objects, colours and relation. */
function byHash(prompts: readonly PromptMetadata[]): PromptMetadata[] {
  const hashOf = (prompt: PromptMetadata) => createHash("sha256").update(structureOf(prompt)).digest("hex");
  const distinct = new Map(prompts.map((prompt) => [hashOf(prompt), prompt]));
  return [...distinct].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, prompt]) => prompt);
}

function promptsOf(task: Task): PromptMetadata[] {
  const things = COCO_CLASSES.filter((name) => name !== "person");
  const colored = things.flatMap((name) =>
    COLORS.map((color): Requirement => ({ class: name, count: 1, color })),
  );
  const plain = COCO_CLASSES.map((name): Requirement => ({ class: name, count: 1 }));
  switch (task) {
    case "single_object":
      return plain.map((one) => asked(task, [one], said(one)));
    case "colors":
      return colored.map((one) => asked(task, [one], said(one)));
    case "counting":
      return COCO_CLASSES.flatMap((name) =>
        ["two", "three", "four"].map((word, at) => counted(name, word, at + 2)),
      );
    case "two_object":
      return pairs(plain).map(([one, other]) => asked(task, [one, other], `${said(one)} and ${said(other)}`));
    case "color_attr":
      return pairs(colored)
        .filter(([one, other]) => one.color !== other.color)
        .map(([one, other]) => asked(task, [one, other], `${said(one)} and ${said(other)}`));
    case "position":
      return pairs(plain).flatMap(([one, other]) =>
        RELATIONS.map((relation) => placed(one, relation, other)),
      );
  }
}

function asked(tag: Task, include: readonly Requirement[], words: string): PromptMetadata {
  return { tag, include, prompt: `a photo of ${words}` };
}

function counted(name: string, word: string, count: number): PromptMetadata {
  const exclude = [{ class: name, count: count + 1 }];
  return {
    tag: "counting",
    include: [{ class: name, count }],
    exclude,
    prompt: `a photo of ${word} ${plural(name)}`,
  };
}

function placed(one: Requirement, relation: string, other: Requirement): PromptMetadata {
  const include = [other, { ...one, position: [relation, 0] as const }];
  return asked("position", include, `${said(one)} ${relation} ${said(other)}`);
}

/** Every two requirements of different objects, in the order in which they stand. */
function pairs(all: readonly Requirement[]): [Requirement, Requirement][] {
  return all.flatMap((one, at) =>
    all
      .slice(at + 1)
      .flatMap((other): [Requirement, Requirement][] => (other.class === one.class ? [] : [[one, other]])),
  );
}

function said({ class: name, color }: Requirement): string {
  const words = color === undefined ? name : `${color} ${name}`;
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
}

function plural(name: string): string {
  if (["sheep", "skis", "scissors", "broccoli"].includes(name)) return name;
  if (name.endsWith("knife")) return name.replace(/fe$/, "ves");
  return /(s|x|ch|sh)$/.test(name) ? `${name}es` : `${name}s`;
}

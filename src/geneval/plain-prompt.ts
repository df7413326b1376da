import { RELATIONS, type Requirement, wordsOf } from "../records/prompt.js";
import { COLORS } from "./colors.js";
import { COCO_CLASSES } from "./vocabulary.js";

const COUNTS = ["a", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const ONE = /^(an?|the|one)$/;
const OPENING = /^((an?|the) )?(photo|photograph|picture|image)s? of /;
const PLACED = new RegExp(`^(.+?)(?:,)? (?:(?:is )?(?:on|to) the )?(${RELATIONS.join("|")}) (.+)$`);

/**
 * What a plain text asks for in GenEval's terms, where it is made as GenEval's prompts are ("a photo of a red car and two
 * dogs", "a cat left of a bench"): the `include` of its metadata. Any other text names one object that nothing else has.
 */
export function statedIn(text: string): readonly Requirement[] {
  const words = wordsOf(text).replace(OPENING, "");
  const placed = PLACED.exec(words);
  if (placed === null) return words.split(/, and |, | and /).map(requirementOf);
  const [, first = "", relation = "", second = ""] = placed;
  return [requirementOf(second), { ...requirementOf(first), position: [relation, 0] }];
}

function requirementOf(phrase: string): Requirement {
  const [head = "", ...rest] = phrase.split(" ");
  const count = ONE.test(head) ? 1 : Math.max(COUNTS.indexOf(head), 0) + 1;
  const said = count > 1 || ONE.test(head) ? rest : [head, ...rest];
  const color = said.length > 1 ? COLORS.find((known) => known === said[0]) : undefined;
  const name = (color === undefined ? said : said.slice(1)).join(" ");
  return { class: count > 1 ? singular(name) : name, count, ...(color ? { color } : {}) };
}

/** GenEval itself says "two sandwichs" and "three persons". */
function singular(name: string): string {
  const known = COCO_CLASSES.find((one) => pluralsOf(one).includes(name));
  return known ?? name.replace(/s$/, "");
}

function pluralsOf(name: string): readonly string[] {
  const irregular = name
    .replace(/knife$/, "knives")
    .replace(/mouse$/, "mice")
    .replace(/^person$/, "people");
  return [name, `${name}s`, `${name}es`, irregular];
}

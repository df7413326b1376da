import type { PromptMetadata, Requirement } from "../records/prompt.js";

const MIRRORED: Readonly<Record<string, string>> = { "right of": "left of", below: "above" };

/**
 * What a prompt asks for, whatever its words and their order: objects with counts and colours, and where they lie. "A ring
 * right of a star" and "a star left of a ring" are one structure, and so are prompts of other tags that ask the same.
 */
export function structureOf({ include }: Partial<PromptMetadata> & Pick<PromptMetadata, "include">): string {
  const relations = include.flatMap((one) => {
    const other = include[one.position?.[1] ?? -1];
    return one.position === undefined || other === undefined ? [] : [relationOf(one, one.position[0], other)];
  });
  return [...include.map(objectOf).sort(), ...relations.sort()].join(" + ");
}

function relationOf(one: Requirement, relation: string, other: Requirement): string {
  const mirror = MIRRORED[relation];
  const [first, second] = mirror === undefined ? [one, other] : [other, one];
  return `${objectOf(first)} ${mirror ?? relation} ${objectOf(second)}`;
}

function objectOf({ count, color, class: name }: Requirement): string {
  return [count, color, name].filter((part) => part !== undefined).join(" ");
}

import type { Comparison, ComparisonItem, Judge } from "../../records/seams.js";

type Compare = NonNullable<Judge["compare"]>;

/** What two answers about one pair say together: which is better whatever the order, or a tie. */
export type Duelled =
  | { readonly kind: "first" | "second" | "tie"; readonly dependsOnOrder: boolean }
  | { readonly kind: "failed"; readonly reason: string };

/** Asks about each pair in both orders. An answer that the order decides is a tie, and is known as one of these. */
export async function inBothOrders(compare: Compare, items: readonly ComparisonItem[]): Promise<Duelled[]> {
  return (await askedTwice(compare, items)).map(([straight, turned]) => together(straight, turned));
}

/** What is answered about each pair as it is, and with its pictures changed round. */
export async function askedTwice(
  compare: Compare,
  items: readonly ComparisonItem[],
): Promise<(readonly [straight: Comparison, turned: Comparison])[]> {
  const turned = items.map(({ prompt, first, second }) => ({ prompt, first: second, second: first }));
  const answers = await compare([...items, ...turned]);
  return items.map((_, index) => [answers[index] as Comparison, answers[items.length + index] as Comparison]);
}

function together(straight: Comparison, turned: Comparison): Duelled {
  if (straight.kind === "failed") return straight;
  if (turned.kind === "failed") return turned;
  const [one, other] = [Math.sign(straight.first - 0.5), Math.sign(0.5 - turned.first)];
  if (one !== other) return { kind: "tie", dependsOnOrder: one * other < 0 };
  return { kind: one > 0 ? "first" : one < 0 ? "second" : "tie", dependsOnOrder: false };
}

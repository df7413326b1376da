import { FIRST, type PairwiseQuestion, SECOND } from "../../config/schema/questions.js";
import type { Comparison, ComparisonItem } from "../../records/seams.js";
import { withPrompt } from "./answer-question.js";
import type { Talker } from "./talker.js";

/** Asks which of two pictures is better, once, in this order. */
export async function comparePictures(
  talker: Talker,
  { ask, first, second, tie }: PairwiseQuestion,
  item: ComparisonItem,
): Promise<Comparison> {
  const images = [
    { place: FIRST, image: item.first },
    { place: SECOND, image: item.second },
  ];
  const options = tie.length > 0 ? [first, second, tie] : [first, second];
  const choice = await talker.choose({ turns: withPrompt(ask, item.prompt.text), images }, options);
  if (choice.kind === "failed") return choice;
  const [one = 0, , even = 0] = choice.shares;
  return { kind: "compared", first: one + even / 2 };
}

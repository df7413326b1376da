import type { ImageHandle } from "../../records/image.js";

/** A conversation about pictures: turns of user, assistant, user, ... that end with the user's. */
export interface Talk {
  /** The prompt is in them already; a picture's place is not filled yet. */
  readonly turns: readonly string[];
  /** Each picture, and the place that stands for it in the first turn. */
  readonly images: readonly { readonly place: string; readonly image: ImageHandle }[];
}

export interface Failure {
  readonly kind: "failed";
  readonly reason: string;
}

/** Probabilities of options, in their order; they sum to 1. */
export type Choice = { readonly kind: "chosen"; readonly shares: readonly number[] } | Failure;
export type Written = { readonly kind: "written"; readonly text: string } | Failure;

/** A model that can be talked to about pictures. Failures are answers; an error means that none can be had. */
export interface Talker {
  /** Who talks, by all that decides an answer but what is said. */
  readonly identity: string;
  /** How likely the answer is each option; an option is a list of words that mean it. */
  choose(talk: Talk, options: readonly (readonly string[])[]): Promise<Choice>;
  /** What it writes at temperature 0. */
  write(talk: Talk, mostTokens: number): Promise<Written>;
}

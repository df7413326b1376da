import type { ReviewedPair } from "../../adapters/store/index.js";
import { ManyRaters, TwoRaters } from "../../statistics/agreement.js";
import { choiceOf, meaningOf } from "./answers.js";

/** How far two agree: share of the same answers, and Cohen's kappa. Null where there is nothing to compare. */
export interface PairAgreement {
  readonly items: number;
  /** 0..1 */
  readonly observed: number | null;
  readonly kappa: number | null;
}

export interface ReviewerReport {
  readonly name: string;
  /** Without skips. */
  readonly answers: number;
  readonly skipped: number;
  readonly ties: number;
  readonly bothBad: number;
  /** Share of left among left and right: far from a half, the side decided and not the image. */
  readonly leftShare: number | null;
  /** With the choice of the pair set: all answers. */
  readonly judge: PairAgreement;
}

/** How far people agree with each other and with the choice that the pair set made. */
export interface AgreementReport {
  /** Pairs with an answer that is no skip. */
  readonly reviewed: number;
  readonly reviewers: readonly ReviewerReport[];
  readonly between: readonly (PairAgreement & { readonly one: string; readonly other: string })[];
  /** Krippendorff's alpha over all people, on the pairs that at least two answered. */
  readonly everyone: { readonly items: number; readonly alpha: number | null };
  /** Of all answers that prefer an image: the share that prefers the chosen one. */
  readonly chosenPreferred: { readonly items: number; readonly share: number | null };
}

/** Adds up standing answers pair by pair; memory grows with the number of people only. */
export function agreementOf(reviewed: Iterable<ReviewedPair>): AgreementReport {
  const tally = new Tally();
  for (const pair of reviewed) tally.add(pair);
  return tally.report();
}

class Tally {
  #reviewed = 0;
  #preferring = 0;
  #agreeing = 0;
  readonly #people = new Map<string, Person>();
  readonly #between = new Map<string, TwoRaters>();
  readonly #everyone = new ManyRaters();

  add(reviewed: ReviewedPair): void {
    const choice = choiceOf(reviewed);
    const said = new Map<string, string>();
    for (const review of reviewed.reviews) {
      const meaning = meaningOf(review);
      const person = this.#people.get(review.reviewer) ?? new Person();
      this.#people.set(review.reviewer, person);
      person.counts[review.answer] += 1;
      if (meaning === undefined) continue;
      person.judge.add(meaning, choice);
      said.set(review.reviewer, meaning);
      if (meaning === "tie" || meaning === "both-bad") continue;
      this.#preferring += 1;
      if (meaning === choice) this.#agreeing += 1;
    }
    if (said.size > 0) this.#reviewed += 1;
    this.#everyone.add([...said.values()]);
    this.#compare(said);
  }

  #compare(said: ReadonlyMap<string, string>): void {
    const names = [...said.keys()].sort();
    for (const [index, one] of names.entries()) {
      for (const other of names.slice(index + 1)) {
        const key = JSON.stringify([one, other]);
        const raters = this.#between.get(key) ?? new TwoRaters();
        raters.add(said.get(one) as string, said.get(other) as string);
        this.#between.set(key, raters);
      }
    }
  }

  report(): AgreementReport {
    const people = [...this.#people].sort(([one], [other]) => (one < other ? -1 : 1));
    const between = [...this.#between].sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      reviewed: this.#reviewed,
      reviewers: people.map(([name, person]) => person.report(name)),
      between: between.map(([key, raters]) => {
        const [one, other] = JSON.parse(key) as [string, string];
        return { one, other, ...agreement(raters) };
      }),
      everyone: { items: this.#everyone.items, alpha: known(this.#everyone.alpha) },
      chosenPreferred: { items: this.#preferring, share: known(this.#agreeing / this.#preferring) },
    };
  }
}

class Person {
  readonly counts = { left: 0, right: 0, tie: 0, "both-bad": 0, skip: 0 };
  readonly judge = new TwoRaters();

  report(name: string): ReviewerReport {
    const { left, right, tie: ties, "both-bad": bothBad, skip: skipped } = this.counts;
    const answers = left + right + ties + bothBad;
    const leftShare = known(left / (left + right));
    return { name, answers, skipped, ties, bothBad, leftShare, judge: agreement(this.judge) };
  }
}

function agreement(raters: TwoRaters): PairAgreement {
  return { items: raters.items, observed: known(raters.observed), kappa: known(raters.kappa) };
}

function known(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

import { ConfigError } from "../../errors.js";
import type { ComparisonItem, Judge, JudgeItem } from "../../records/seams.js";
import { RANKED_PARTS, type Verdict } from "../../records/verdict.js";
import { winShare } from "../../statistics/bradley-terry.js";
import { type Duelled, inBothOrders } from "./both-orders.js";
import { type Pairing, Tournament, type TournamentRules } from "./tournament.js";

/** Pictures of one prompt in one tournament: its cost grows with the cube. */
const MOST_PLAYERS = 128;

/**
 * Ranks the pictures of each prompt by a tournament of its own, all of them side by side. A picture's score is the share of the
 * others that it is expected to beat; its parts are the 95% interval, and the share of its comparisons that the order decided.
 */
export async function rankByPrompt(
  items: readonly JudgeItem[],
  rules: TournamentRules,
  compare: NonNullable<Judge["compare"]>,
): Promise<Verdict[]> {
  const matches = groupsOf(items).map((places) => new Match(places, items, rules));
  for (;;) {
    const rounds = matches.map((match) => match.next());
    const asked = rounds.flat();
    if (asked.length === 0) break;
    const ended = (await inBothOrders(compare, asked)).values();
    for (const [index, round] of rounds.entries()) {
      matches[index]?.played(round.map(() => ended.next().value as Duelled));
    }
  }
  const verdicts = new Map(matches.flatMap((match) => match.verdicts()));
  return items.map((_, at) => verdicts.get(at) as Verdict);
}

/** Places of the items of each prompt. */
function groupsOf(items: readonly JudgeItem[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [place, { prompt }] of items.entries())
    groups.set(prompt.id, [...(groups.get(prompt.id) ?? []), place]);
  return [...groups.values()];
}

interface Met {
  asked: number;
  ordered: number;
  reason: string;
}

/** The tournament of one prompt. */
class Match {
  readonly #places: readonly number[];
  readonly #items: readonly JudgeItem[];
  readonly #tournament: Tournament;
  #round: readonly Pairing[] = [];
  readonly #met: Met[];

  constructor(places: readonly number[], items: readonly JudgeItem[], rules: TournamentRules) {
    if (places.length > MOST_PLAYERS) {
      throw new ConfigError(
        `Expected at most ${MOST_PLAYERS} pictures of a prompt for a pairwise question, got ${places.length}. Ask a question about single pictures.`,
      );
    }
    this.#places = places;
    this.#items = items;
    this.#tournament = new Tournament(places.length, rules);
    this.#met = places.map(() => ({ asked: 0, ordered: 0, reason: "" }));
  }

  next(): ComparisonItem[] {
    this.#round = this.#places.length < 2 ? [] : this.#tournament.next();
    const itemOf = (player: number) => this.#items[this.#places[player] as number] as JudgeItem;
    return this.#round.map(([one, other]) => ({
      prompt: itemOf(one).prompt,
      first: itemOf(one).image,
      second: itemOf(other).image,
    }));
  }

  played(ended: readonly Duelled[]): void {
    for (const [index, pairing] of this.#round.entries()) {
      const result = ended[index] as Duelled;
      for (const player of pairing) this.#count(player, result);
    }
    this.#tournament.played(this.#round, ended.map(winOf));
  }

  verdicts(): [place: number, verdict: Verdict][] {
    return this.#places.map((place, player) => [place, this.#verdict(player)]);
  }

  #count(player: number, result: Duelled): void {
    const count = this.#met[player] as Met;
    if (result.kind === "failed") count.reason = result.reason;
    else {
      count.asked += 1;
      count.ordered += Number(result.dependsOnOrder);
    }
  }

  #verdict(player: number): Verdict {
    const { asked, ordered, reason } = this.#met[player] as Met;
    if (this.#places.length < 2) {
      return {
        kind: "failed",
        reason: "it is the only picture of its prompt: there is none to compare it with",
      };
    }
    if (asked === 0) return { kind: "failed", reason: reason || "it met no other picture" };
    const { value, low, high } = winShare(this.#tournament.strengths, player);
    const parts = [
      { name: RANKED_PARTS.low, score: low },
      { name: RANKED_PARTS.high, score: high },
      { name: RANKED_PARTS.ordered, score: ordered / asked },
    ];
    return { kind: "scored", score: value, parts };
  }
}

function winOf(result: Duelled): number | undefined {
  if (result.kind === "failed") return undefined;
  return result.kind === "tie" ? 0.5 : Number(result.kind === "first");
}

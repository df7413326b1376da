import { ConfigError } from "../../errors.js";

/** The worker processes of a run on this machine. */
export interface Staff {
  /** Null leaves the work to this process. */
  readonly workers: number | null;
  /** The graphics cards of each worker; null tells them nothing. */
  readonly cards: readonly (readonly string[])[] | null;
}

/**
 * Shares this machine's graphics cards among workers: `each` a worker, a fraction shares one card. Without a wanted number there
 * are as many workers as cards allow. Throws ConfigError for more workers than there are cards.
 */
export function assignCards(cards: readonly string[], wanted: number | null, each: number): Staff {
  if (each <= 0 || cards.length === 0) return { workers: wanted, cards: null };
  const room = each < 1 ? cards.length * Math.floor(1 / each) : Math.floor(cards.length / Math.ceil(each));
  const workers = wanted ?? room;
  if (workers > room || room === 0) {
    throw new ConfigError(
      `Expected at most ${room} workers with ${each} graphics card(s) each, got ${Math.max(1, workers)}: this machine shows ` +
        `${cards.length} (${cards.join(", ")}). Ask for fewer with --workers, or set execution.gpus.`,
    );
  }
  return { workers, cards: Array.from({ length: workers }, (_, place) => cardsOf(cards, place, each)) };
}

function cardsOf(cards: readonly string[], place: number, each: number): readonly string[] {
  if (each < 1) return cards.slice(place % cards.length, (place % cards.length) + 1);
  const count = Math.ceil(each);
  return cards.slice(place * count, (place + 1) * count);
}

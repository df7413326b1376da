import { createHash } from "node:crypto";
import type { Judge, JudgeItem } from "../../records/seams.js";
import type { Question, Verdict } from "../../records/verdict.js";

/** Verdicts remembered, at most: about 20 MB. */
const MOST = 65_536;

/**
 * A judge that is asked each question about an image of a prompt once: verdicts are a function of these, so searches that
 * meet in the same image share them. A failed verdict is asked for again. The least recently used is forgotten first.
 */
export function rememberingJudge(judge: Judge, most = MOST): Judge {
  const known = new Map<string, Verdict>();
  const recall = (key: string): Verdict | undefined => {
    const verdict = known.get(key);
    if (verdict !== undefined) keep(key, verdict);
    return verdict;
  };
  const keep = (key: string, verdict: Verdict): void => {
    // Map keeps insertion order: the first key is the longest unused.
    known.delete(key);
    known.set(key, verdict);
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
  };
  return {
    identity: judge.identity,
    questions: judge.questions,
    batch: judge.batch,
    ...(judge.readsTokens === undefined ? {} : { readsTokens: judge.readsTokens }),
    async ask(question, items) {
      const keys = items.map((item, place) => keyOf(question, item) ?? `picture ${place}`);
      const verdicts = new Map<string, Verdict>();
      const open = new Map<string, JudgeItem>();
      for (const [index, key] of keys.entries()) {
        const verdict = recall(key);
        if (verdict !== undefined) verdicts.set(key, verdict);
        else open.set(key, items[index] as JudgeItem);
      }
      const answers = open.size > 0 ? await judge.ask(question, [...open.values()]) : [];
      for (const [index, key] of [...open.keys()].entries()) {
        const answer = answers[index] as Verdict;
        verdicts.set(key, answer);
        const isGrid = open.get(key)?.image.tokens !== undefined;
        if (isGrid && answer.kind !== "failed") keep(key, answer);
      }
      return keys.map((key) => verdicts.get(key) as Verdict);
    },
    close: () => judge.close(),
  };
}

/** Undefined for a picture: no search meets in one twice. */
function keyOf(question: Question, { prompt, image }: JudgeItem): string | undefined {
  const { tokens, settled } = image;
  if (tokens === undefined) return undefined;
  const hash = createHash("sha256").update(JSON.stringify([question, prompt.text]));
  for (const part of [tokens, ...(settled ? [settled] : [])]) {
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength)).update("|");
  }
  return hash.digest("base64");
}

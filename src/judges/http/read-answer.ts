import { z } from "zod";
import type { Choice, Failure, Written } from "../asking/talker.js";
import type { Usage } from "../calling/spending.js";

const likely = z.object({ token: z.string(), logprob: z.number() });
const spoken = likely.extend({ top_logprobs: z.array(likely).nullish() });
const textPart = z.object({ text: z.string() }).partial();
const completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.union([z.string(), z.array(textPart)]).nullish(),
          refusal: z.string().nullish(),
        }),
        finish_reason: z.string().nullish(),
        logprobs: z.object({ content: z.array(spoken).nullish() }).nullish(),
      }),
    )
    .min(1),
});
const usage = z.object({
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number().default(0) }),
});

type Completion = z.output<typeof completion>["choices"][number];
type Token = z.output<typeof spoken>;

/** What an answer says that it took. */
export function usageOf(body: unknown): Usage | undefined {
  const { data } = usage.safeParse(body);
  return data && { inputTokens: data.usage.prompt_tokens, outputTokens: data.usage.completion_tokens };
}

/** The text of an answer; failed where there is none, or the model refused. */
export function readText(body: unknown): Written {
  const found = answerOf(body);
  if ("kind" in found) return found;
  const { content } = found.message;
  const text =
    typeof content === "string" ? content : (content ?? []).map((part) => part.text ?? "").join("");
  return { kind: "written", text };
}

/**
 * Probabilities of options by the first answer token: those of its likeliest words that mean an option, in whatever spelling,
 * summed and normalised over all options. Undefined where the server gives no logprobs; failed where the words have less
 * than `leastMass` together.
 */
export function readChoice(
  body: unknown,
  options: readonly (readonly string[])[],
  leastMass: number,
): Choice | undefined {
  const found = answerOf(body);
  if ("kind" in found) return found;
  const tokens = found.logprobs?.content ?? [];
  // Some templates have the model begin with a blank or a line break.
  const first = tokens.find(({ token }) => word(token) !== "");
  if (first === undefined) return tokens.length === 0 ? undefined : nothingSaid();
  const words = likeliest(first);
  if (words.length === 0) return undefined;
  const masses = options.map((meaning) => massOf(words, meaning));
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  if (total <= 0 || total < leastMass) return unexpected(words, options, total);
  return { kind: "chosen", shares: masses.map((mass) => mass / total) };
}

/** Which option a whole answer is; undefined where it is none, or several. */
export function optionOf(text: string, options: readonly (readonly string[])[]): number | undefined {
  const said = word(text);
  const [first] = said.split(/[^\p{L}\p{N}]+/u, 1);
  const meant = options.findIndex((meaning) => meaning.some((one) => [said, first].includes(word(one))));
  return meant < 0 ? undefined : meant;
}

function answerOf(body: unknown): Completion | Failure {
  const { data } = completion.safeParse(body);
  const [found] = data?.choices ?? [];
  if (found === undefined) {
    return {
      kind: "failed",
      reason: `expected a chat completion with choices, got ${JSON.stringify(body).slice(0, 200)}`,
    };
  }
  const { message, finish_reason: end } = found;
  if (message.refusal)
    return { kind: "failed", reason: `the model refused: ${message.refusal.slice(0, 200)}` };
  if (end === "content_filter")
    return { kind: "failed", reason: "the server's content filter cut the answer" };
  return found;
}

/** The likeliest words of a token's place, the token itself among them. */
function likeliest({ token, logprob, top_logprobs: top }: Token): z.output<typeof likely>[] {
  const listed = top ?? [];
  if (listed.length === 0) return [];
  return listed.some((one) => one.token === token) ? listed : [{ token, logprob }, ...listed];
}

function massOf(words: readonly { token: string; logprob: number }[], meaning: readonly string[]): number {
  const meant = meaning.map(word);
  const mine = words.filter(({ token }) => meant.includes(word(token)));
  return mine.reduce((sum, { logprob }) => sum + Math.exp(logprob), 0);
}

/** A word without case, blanks, marks of tokenizers and what stands around it: " Yes", "▁yes", "YES.", '"yes' are one. */
function word(text: string): string {
  return text.replace(/^[\s▁Ġ\p{P}\p{S}]+|[\s▁\p{P}\p{S}]+$/gu, "").toLowerCase();
}

function nothingSaid(): Failure {
  return { kind: "failed", reason: "the answer is blank" };
}

function unexpected(
  words: readonly { token: string; logprob: number }[],
  options: readonly (readonly string[])[],
  total: number,
): Failure {
  const shown = words.slice(0, 3).map(({ token, logprob }) => `"${token}" ${Math.exp(logprob).toFixed(3)}`);
  const wanted = options.map(([first]) => first).join(" or ");
  return {
    kind: "failed",
    reason: `expected ${wanted} first, which have ${total.toFixed(3)} among the likeliest words: ${shown.join(", ")}`,
  };
}

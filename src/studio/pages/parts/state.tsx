import type { ComponentChildren } from "preact";
import type { Asked } from "../asking.ts";
import { WORDS } from "../words.ts";

/** An answer as soon as there is one, and what is wrong where there is none. */
export function Known<Answer>({
  asked,
  children,
}: {
  readonly asked: Asked<Answer>;
  readonly children: (answer: Answer) => ComponentChildren;
}) {
  const { answer, error, isOld } = asked;
  return (
    <>
      {error === undefined ? null : (
        <p class="note" role="alert">
          {WORDS.failed} {error}
        </p>
      )}
      {answer === undefined ? (
        error === undefined && (
          <p class="aside" role="status">
            {WORDS.loading}
          </p>
        )
      ) : (
        <div class={isOld ? "old" : ""} aria-busy={isOld}>
          {children(answer)}
        </div>
      )}
    </>
  );
}

/** How far work is, in a word and a colour. */
export function Badge({ progress }: { readonly progress: keyof typeof WORDS.progress }) {
  return <span class={`badge ${progress}`}>{WORDS.progress[progress]}</span>;
}

import { useState } from "preact/hooks";
import type { Mark, NewMark } from "../../answers/candidates.ts";
import { tell, useAnswer } from "../asking.ts";
import { moment } from "../numbers.ts";
import { WORDS } from "../words.ts";
import { personNow } from "./person.tsx";

type Said = Pick<NewMark, "decision" | "flagged" | "note">;
export type Key = "keep" | "drop" | "flag";

/** What this person says so far of a thing. */
async function saidOf(subject: string): Promise<Said> {
  const response = await fetch(`api/marks/${encodeURIComponent(subject)}`);
  const { marks } = (await response.json()) as { marks: Mark[] };
  return marks.find(({ person }) => person === personNow()) ?? { decision: null, flagged: false, note: "" };
}

/** Keeps a decision, or takes it back where it stands already. */
export async function toggleMark(kind: NewMark["kind"], subject: string, key: Key): Promise<void> {
  const before = await saidOf(subject);
  const decided = (key: "keep" | "drop") => (before.decision === key ? null : key);
  const now =
    key === "flag" ? { ...before, flagged: !before.flagged } : { ...before, decision: decided(key) };
  await say(kind, subject, now);
}

async function say(
  kind: NewMark["kind"],
  subject: string,
  { decision, flagged, note }: Said,
): Promise<Mark[]> {
  const said: NewMark = { person: personNow(), kind, subject, decision, flagged, note };
  return (await tell<{ marks: Mark[] }>("api/marks", said)).marks;
}

/** What people say of one thing, and where this person says it. */
export function Marks({ kind, subject }: { readonly kind: NewMark["kind"]; readonly subject: string }) {
  const asked = useAnswer<{ marks: Mark[] }>(`api/marks/${encodeURIComponent(subject)}`);
  const [answered, setAnswered] = useState<Mark[]>();
  const [error, setError] = useState<string>();
  const marks = answered ?? asked.answer?.marks ?? [];
  const mine: Said = marks.find(({ person }) => person === personNow()) ?? {
    decision: null,
    flagged: false,
    note: "",
  };
  const keep = (changed: Partial<Said>) => {
    say(kind, subject, { ...mine, ...changed }).then(setAnswered, (failed: unknown) =>
      setError((failed as Error).message),
    );
  };
  const toggle = (decision: "keep" | "drop") =>
    keep({ decision: mine.decision === decision ? null : decision });
  return (
    <section class="card marks" aria-label={WORDS.marks.title}>
      <h2>{WORDS.marks.title}</h2>
      <div class="row">
        <button type="button" aria-pressed={mine.decision === "keep"} onClick={() => toggle("keep")}>
          {WORDS.marks.keep}
        </button>
        <button type="button" aria-pressed={mine.decision === "drop"} onClick={() => toggle("drop")}>
          {WORDS.marks.drop}
        </button>
        <button type="button" aria-pressed={mine.flagged} onClick={() => keep({ flagged: !mine.flagged })}>
          {WORDS.marks.flag}
        </button>
      </div>
      <NoteField key={mine.note} note={mine.note} onSave={(note) => keep({ note })} />
      {error === undefined ? null : (
        <p class="note" role="alert">
          {WORDS.marks.notSaved} {error}
        </p>
      )}
      {marks.length === 0 ? (
        <p class="aside">{WORDS.marks.nobody}</p>
      ) : (
        <ul>
          {marks.map((mark) => (
            <OneMark key={mark.person} mark={mark} />
          ))}
        </ul>
      )}
    </section>
  );
}

function NoteField({ note, onSave }: { readonly note: string; readonly onSave: (note: string) => void }) {
  const [text, setText] = useState(note);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onSave(text);
      }}
    >
      <label class="field">
        {WORDS.marks.note}
        <textarea
          rows={2}
          maxLength={2000}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="small" disabled={text === note}>
        {WORDS.marks.noteSave}
      </button>
    </form>
  );
}

function OneMark({ mark }: { readonly mark: Mark }) {
  const said = [
    mark.decision === null ? "" : WORDS.marks[mark.decision],
    mark.flagged ? WORDS.marks.flagged : "",
  ];
  return (
    <li>
      <strong>{said.filter((word) => word !== "").join(", ")}</strong> {mark.note}
      <small class="aside">{WORDS.marks.said(mark.person, moment(mark.saidAt))}</small>
    </li>
  );
}

/** A mark as a tile shows it. */
export function MarkBadges({
  row,
}: {
  readonly row: { decision: "keep" | "drop" | null; flagged: boolean; noted: boolean };
}) {
  return (
    <>
      {row.decision === null ? null : (
        <span class={`badge ${row.decision}`}>{WORDS.marks[row.decision]}</span>
      )}
      {row.flagged ? <span class="badge flag">{WORDS.marks.flagged}</span> : null}
      {row.noted ? <span class="badge">{WORDS.marks.noted}</span> : null}
    </>
  );
}

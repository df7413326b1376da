import { z } from "zod";

/** A text of which a model read the beginning alone; `espalier_torch.runtime.cut_texts` is its other half. */
export const cutSchema = z.strictObject({
  what: z.enum(["prompt", "color wording"]),
  /** The model, as a person is told of it. */
  reader: z.string(),
  /** Tokens that it reads, marks of beginning and end among them. */
  limit: z.int().positive(),
  text: z.string(),
});

export type Cut = z.output<typeof cutSchema>;

/** What was cut, each text once however many processes read it. */
export class Cuts {
  /** By kind, then by text. */
  readonly #known = new Map<string, Map<string, Cut>>();
  #untaken: Cut[] = [];

  add(cuts: readonly Cut[] = []): void {
    for (const cut of cuts) {
      const kind = `${cut.what} ${cut.reader} ${cut.limit}`;
      const known = this.#known.get(kind) ?? new Map<string, Cut>();
      if (known.has(cut.text)) continue;
      this.#known.set(kind, known.set(cut.text, cut));
      this.#untaken.push(cut);
    }
  }

  /** What was added since this was last asked. */
  taken(): Cut[] {
    const taken = this.#untaken;
    this.#untaken = [];
    return taken;
  }

  /** A sentence for each kind, with how many, the limit, and one of them. */
  notes(): string[] {
    return [...this.#known.values()].map((cuts) => noteOf([...cuts.values()]));
  }
}

/** Characters of a cut text that are shown. */
const SHOWN = 60;

function noteOf(cuts: readonly Cut[]): string {
  const { what, reader, limit, text } = cuts[0] as Cut;
  const are = cuts.length === 1 ? `1 ${what} was` : `${cuts.length} ${what}s were`;
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
  return (
    `${are} cut to the ${limit} tokens that ${reader} reads, such as "${shown}". ` +
    "What stood after them was not read: shorten the text, or say first what matters."
  );
}

import { z } from "zod";
import { reviewerName } from "../../stages/review/reviewer-name.js";
import { mark, newMark } from "../answers/candidates.js";
import type { Studio } from "../studio.js";
import { type Endpoint, endpoint } from "./endpoint.js";

/** What people make of candidates and pairs, kept in the ledger at once. */
export function markEndpoints({ store, writing }: Studio): Endpoint[] {
  const marks = z.object({ marks: z.array(mark) });
  return [
    endpoint({
      path: "marks/:subject",
      about: "What stands of each person on one candidate or pair, latest first.",
      answered: marks,
      answer: (_, { subject = "" }) => ({ marks: store.marks.of(subject) }),
    }),
    endpoint({
      method: "POST",
      path: "marks",
      about:
        "Keeps what a person says of a candidate or a pair, in the place of what they said before; answers with what stands.",
      asked: newMark,
      answered: marks,
      answer: (said) => {
        const known = said.kind === "candidate" ? store.candidates : store.pairs;
        if (known.find(said.subject)?.id !== said.subject) return undefined;
        writing().marks.say({ ...said, person: reviewerName(said.person) });
        return { marks: store.marks.of(said.subject) };
      },
    }),
  ];
}

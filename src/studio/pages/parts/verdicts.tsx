import type { Picture } from "../../answers/picture.ts";
import { score, short } from "../numbers.ts";
import { WORDS } from "../words.ts";

/** What each judge said of a candidate. */
export function Verdicts({ verdicts }: { readonly verdicts: Picture["verdicts"] }) {
  return (
    <section aria-labelledby="verdicts">
      <h2 id="verdicts">{WORDS.picture.verdicts}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label={WORDS.picture.verdicts}>
        <table>
          <thead>
            <tr>
              <th scope="col">{WORDS.picture.judge}</th>
              <th scope="col">{WORDS.picture.question}</th>
              <th scope="col" class="number">
                {WORDS.picture.step}
              </th>
              <th scope="col" class="number">
                {WORDS.picture.said}
              </th>
            </tr>
          </thead>
          <tbody>
            {verdicts.map((one) => (
              <tr key={`${one.judge} ${one.question} ${one.step}`}>
                <th scope="row">
                  {short(one.judgeName)}
                  {one.wording === null ? null : (
                    <details>
                      <summary>{WORDS.picture.wording}</summary>
                      <pre>{one.wording}</pre>
                    </details>
                  )}
                </th>
                <td>{one.question}</td>
                <td class="number">{one.step}</td>
                <td class="number">
                  {one.kind === "scored" ? score(one.score) : one.kind}
                  {one.reason === null ? null : <small class="loss">{one.reason}</small>}
                  {one.parts.map(({ name, score: value }) => (
                    <small key={name}>
                      {name} {score(value)}
                    </small>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** What a candidate was in evaluations. */
export function Evaluations({ evaluations }: { readonly evaluations: Picture["evaluations"] }) {
  return (
    <section aria-labelledby="evaluations">
      <h2 id="evaluations">{WORDS.picture.evaluations}</h2>
      <ul>
        {evaluations.map((one) => (
          <li key={one.stage}>
            <strong class={one.correct ? "gain" : "loss"}>
              {one.correct ? WORDS.picture.right : WORDS.picture.wrong}
            </strong>{" "}
            {one.label}, {WORDS.picture.decidedBy(short(one.decidedBy))}
            {one.score === null ? "" : `, ${score(one.score)}`}
            {one.heldOutScore === null ? "" : `, ${WORDS.picture.heldOut(score(one.heldOutScore))}`}
            {one.reason === "" ? null : <small class="pre">{one.reason}</small>}
          </li>
        ))}
      </ul>
    </section>
  );
}

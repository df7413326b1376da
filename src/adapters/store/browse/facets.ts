import type { Question } from "../../../records/verdict.js";
import type { Ledger } from "../ledger.js";

/** What candidates and pairs can be filtered by, as the ledger has it now. */
export interface Facets {
  /** Every judge and question with the verdicts that it gave. */
  readonly scores: readonly {
    readonly judge: string;
    readonly question: Question;
    readonly verdicts: number;
  }[];
  /** Tasks of prompts; "" for none. */
  readonly tasks: readonly { readonly task: string; readonly prompts: number }[];
  /** Identities of the checkpoints and sources that candidates came from. */
  readonly sources: readonly { readonly id: string; readonly candidates: number }[];
  /** Policies that picked pairs. */
  readonly policies: readonly { readonly policy: string; readonly pairs: number }[];
}

/** Keeps the last answer for as long as nobody writes: it goes through whole tables. */
export function facetsOf({ sqlite }: Ledger): () => Facets {
  let known: { readonly version: number; readonly facets: Facets } | undefined;
  const all = <Row>(sql: string) => sqlite.prepare(sql).all() as Row[];
  return () => {
    const version = sqlite.pragma("data_version", { simple: true }) as number;
    if (known?.version === version) return known.facets;
    const facets = {
      scores: all<Facets["scores"][number]>(
        "SELECT judge, question, count(*) AS verdicts FROM verdicts GROUP BY judge, question ORDER BY 3 DESC, 1, 2",
      ),
      tasks: all<Facets["tasks"][number]>(
        "SELECT coalesce(tag, '') AS task, count(*) AS prompts FROM prompts GROUP BY 1 ORDER BY 1",
      ),
      sources: all<Facets["sources"][number]>(
        "SELECT checkpoint AS id, count(*) AS candidates FROM candidates GROUP BY 1 ORDER BY 2 DESC, 1",
      ),
      policies: all<Facets["policies"][number]>(
        "SELECT policy, count(*) AS pairs FROM pairs GROUP BY 1 ORDER BY 2 DESC, 1",
      ),
    };
    known = { version, facets };
    return facets;
  };
}

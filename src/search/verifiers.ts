import type { SearchVerifier, VerifierConfig } from "../config/schema/verifier.js";
import { bestOfN } from "./strategies/best-of-n.js";
import type { Budget } from "./strategies/budget.js";
import { overPaths } from "./strategies/over-paths.js";
import { parm } from "./strategies/parm.js";
import { parmPlusPlus } from "./strategies/parm-plus-plus.js";
import { prm } from "./strategies/prm.js";
import { randomSearch } from "./strategies/random-search.js";
import { zeroOrder } from "./strategies/zero-order.js";
import type { Strategy } from "./strategy.js";

/** The strategy that a verifier's settings name. */
export function strategyOf(verifier: SearchVerifier, seed: number): Strategy {
  const shared = { candidates: verifier.n, seed, budget: budgetOf(verifier) };
  switch (verifier.kind) {
    case "orm":
      return bestOfN(shared);
    case "random":
      return randomSearch(shared);
    case "prm":
      return prm({ ...verifier, ...shared });
    case "parm":
      return parm({ ...verifier, ...shared });
    case "parm-plus-plus":
      return parmPlusPlus({ ...verifier, ...shared });
    case "zero-order":
      return zeroOrder({ ...verifier, ...shared });
    case "over-paths":
      return overPaths({ ...verifier, ...shared });
  }
}

/** Whether it only chooses among the N images that plain sampling gives, so that all such rows share one pool of them. */
export function isPooled(verifier: VerifierConfig): boolean {
  if (verifier.kind === "none") return true;
  const limited = Object.values(verifier.budget).some((limit) => limit !== null);
  return (verifier.kind === "orm" || verifier.kind === "random") && !limited;
}

/** How people read it: "ORM best-of-8", "PARM (N = 20)"; empty for none. */
export function verifierLabel(verifier: VerifierConfig): string {
  if (verifier.kind === "none") return "";
  const { kind, n, judges, ensemble, judgeOf = {} } = verifier;
  const name = kind === "orm" ? `ORM best-of-${n}` : `${NAMES[kind]} (N = ${n})`;
  const by =
    judges.length === 0 ? "" : ` by ${judges.join(" + ")}${judges.length > 1 ? `, ${ensemble}` : ""}`;
  const others = Object.entries(judgeOf).map(([question, judge]) => `; ${question} by ${judge}`);
  return `${name}${by}${others.join("")}`;
}

/** How the ledger names it, in lower-case letters, digits and dashes: "plain", "best-of-8", "parm-20". */
export function verifierSlug(verifier: VerifierConfig): string {
  if (verifier.kind === "none") return "plain";
  return verifier.kind === "orm" ? `best-of-${verifier.n}` : `${verifier.kind}-${verifier.n}`;
}

const NAMES = {
  prm: "PRM",
  parm: "PARM",
  "parm-plus-plus": "PARM++",
  random: "random search",
  "zero-order": "zero-order search",
  "over-paths": "search over paths",
} as const;

/** The limits that are set. */
function budgetOf({ budget }: SearchVerifier): Budget {
  return Object.fromEntries(Object.entries(budget).filter(([, limit]) => limit !== null));
}

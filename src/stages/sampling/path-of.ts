import type { LocatedCandidate, LocatedPath } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";

/** A candidate that is a token grid. Throws StoreError for a picture, with what a token grid is needed for: "to be sampled again". */
export function pathOf(candidate: LocatedCandidate, need: string): LocatedPath {
  const { picture, id } = candidate;
  if (picture === undefined) return candidate;
  const { format, width, height } = picture;
  throw new StoreError(
    `Candidate ${id} is a picture (${format}, ${width} x ${height}) that was brought from elsewhere: ` +
      `expected one that a checkpoint of the workspace sampled, ${need}. Name such a candidate, or a stage of them.`,
  );
}

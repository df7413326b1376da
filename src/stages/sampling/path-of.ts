import type { LocatedCandidate, LocatedDrawing, LocatedPath } from "../../adapters/store/index.js";
import { StoreError } from "../../errors.js";
import type { StoredPicture } from "../../records/picture.js";

/** A candidate that a checkpoint sampled. Throws StoreError for a picture from elsewhere, with what is needed: "to be sampled again". */
export function pathOf(candidate: LocatedCandidate, need: string): LocatedPath | LocatedDrawing {
  if (candidate.settings !== undefined) return candidate;
  throw isPicture(candidate, " that was brought from elsewhere", need);
}

/** A candidate that is a token grid. Throws StoreError for a picture, with what a grid is needed for. */
export function gridOf(candidate: LocatedCandidate, need: string): LocatedPath {
  if (candidate.picture === undefined) return candidate;
  throw isPicture(
    candidate,
    candidate.settings === undefined ? " that was brought from elsewhere" : "",
    need,
  );
}

function isPicture({ id, picture }: LocatedCandidate, whence: string, need: string): StoreError {
  const { format, width, height } = picture as StoredPicture;
  return new StoreError(
    `Candidate ${id} is a picture (${format}, ${width} x ${height})${whence}: ` +
      `expected one that a checkpoint of the workspace sampled, ${need}. Name such a candidate, or a stage of them.`,
  );
}

import { ConfigError } from "../../errors.js";

/** A base64 data URI whose first bytes are the signature of PNG or JPEG, and nothing that could leave its attribute. */
const SOURCE = /^data:image\/(png;base64,iVBORw0KGgo|jpeg;base64,\/9j\/)[A-Za-z0-9+/]*={0,2}$/;

/** Throws a ConfigError unless `source` is a data URI of a PNG or JPEG. */
export function checkImage(source: string, candidateId: string): void {
  if (SOURCE.test(source)) return;
  throw new ConfigError(
    `Expected a PNG or JPEG data URI as the image of candidate ${candidateId}, got "${source.slice(0, 40)}"`,
  );
}

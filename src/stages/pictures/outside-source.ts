import type { CheckpointRow, Store } from "../../adapters/store/index.js";
import { ConfigError } from "../../errors.js";
import { hashOf } from "../hash.js";

/** What stands before the name of a source of pictures in the ledger. */
const PICTURES = "pictures:";
/** As models are named: "stabilityai/sdxl-turbo", "FLUX.1 dev", "phone". */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._/@+-]{0,99}$/u;

/**
 * Who drew pictures that were brought: a checkpoint whose weights are not here, known by the name that it was given.
 * Throws ConfigError for no name, or that of a checkpoint of the workspace (`taken` are other names that mean one).
 */
export function outsideSource(
  name: string,
  store: Store | null,
  taken: readonly string[],
): Omit<CheckpointRow, "stageId"> {
  const said = name.normalize("NFC").trim();
  if (!NAME.test(said)) {
    throw new ConfigError(
      "Expected --from to name the model that drew the pictures in 1 to 100 letters, digits, spaces or any of ._/@+-, " +
        `beginning with a letter or digit, got ${JSON.stringify(name.slice(0, 120))}.`,
    );
  }
  const checkpoints = store?.checkpoints.list() ?? [];
  const other = checkpoints.find((row) => row.name === said && row.kind !== "outside");
  if (other !== undefined || taken.includes(said)) {
    throw new ConfigError(
      `Expected --from to name a model from outside, got "${said}", which is a ${other?.kind ?? "checkpoint"} of this project. Choose another name.`,
    );
  }
  return {
    id: hashOf(["outside", said]),
    kind: "outside",
    family: "pictures",
    name: said,
    location: `${PICTURES}${said}`,
    parents: [],
    pairSetHash: null,
    record: { source: said },
  };
}

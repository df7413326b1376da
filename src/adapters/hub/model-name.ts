import { HubError } from "../../errors.js";

/** A model on the Hub: a repository, the folder in it that is the model, and the revision asked for. */
export interface ModelName {
  /** OWNER/NAME. */
  readonly repository: string;
  /** "" for the whole repository. */
  readonly folder: string;
  /** A branch, tag or commit; undefined when none was named. */
  readonly revision: string | undefined;
}

const PART = "[\\w-][\\w.-]*";
const NAME = new RegExp(
  `^(?<repository>${PART}/${PART})(?<folder>(?:/${PART})*)(?:@(?<revision>[\\w./-]+))?$`,
);

/** Reads OWNER/NAME, OWNER/NAME/FOLDER, either with @REVISION; undefined for anything else. */
export function readModelName(typed: string): ModelName | undefined {
  const { repository, folder = "", revision } = NAME.exec(typed)?.groups ?? {};
  if (repository === undefined || typed.includes("..")) return undefined;
  return { repository, folder: folder.slice(1), revision };
}

/** Throws HubError for what is no name of a model. */
export function modelName(typed: string): ModelName {
  const name = readModelName(typed);
  if (name !== undefined) return name;
  throw new HubError(
    `Expected a folder that exists, or a model of the Hub as OWNER/NAME, OWNER/NAME/FOLDER or OWNER/NAME@REVISION, got "${typed}".`,
  );
}

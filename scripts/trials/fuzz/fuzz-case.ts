import type { Material } from "../material.js";
import type { Chance } from "../random.js";

/** One input: files to lay into the working folder, and the command line that reads them. */
export interface FuzzCase {
  readonly words: readonly string[];
  /** Contents by path below the working folder. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** Where the command may write beside the workspace, below the working folder. */
  readonly outputs?: readonly string[];
  /** What the Hub holds in the repository `ann/NAME`. */
  readonly repository?: {
    readonly type: "dataset" | "model" | "space";
    readonly name: string;
    readonly files: Readonly<Record<string, string | Uint8Array>>;
  };
}

/** Makes one; `name` is not used by any other. */
export type FuzzMaker = (chance: Chance, material: Material, name: string) => FuzzCase;

import type { Preference } from "../../../records/preference.js";
import type { Cells } from "./cells.js";

/** A row that holds no preference, and why: "row without a label". */
export interface LeftOut {
  readonly leftOut: string;
}

/** How one kind of row says what was preferred. */
export interface Layout {
  /** The columns it is known by. */
  readonly needs: readonly string[];
  /** Others that it reads where they are there. */
  readonly reads: readonly string[];
  /** Throws StoreError naming the row and the column. */
  readonly preference: (cells: Cells) => Preference | LeftOut;
}

/** Hears of each row, or pair of a row, that is left out. */
export type OnLeftOut = (reason: string) => void;

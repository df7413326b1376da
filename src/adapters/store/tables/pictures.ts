import { asc, eq } from "drizzle-orm";
import type { StoredPicture } from "../../../records/picture.js";
import { type Ledger, stream } from "../ledger.js";
import { pictures } from "../schema.js";

export interface PictureStore {
  /** By the sha256 of its bytes. */
  find(sha256: string): StoredPicture | undefined;
  /** Of each picture its hash and where it lies. */
  places(): Iterable<Pick<StoredPicture, "sha256" | "place">>;
}

export function pictureStore(ledger: Ledger): PictureStore {
  const { orm } = ledger;
  const { sha256, place } = pictures;
  return {
    find: (wanted) => orm.select().from(pictures).where(eq(sha256, wanted)).get(),
    places: () =>
      stream(ledger, { sha256, place }, orm.select({ sha256, place }).from(pictures).orderBy(asc(sha256))),
  };
}

import { eq } from "drizzle-orm";
import type { StoredPicture } from "../../../records/picture.js";
import type { Ledger } from "../ledger.js";
import { pictures } from "../schema.js";

export interface PictureStore {
  /** By the sha256 of its bytes. */
  find(sha256: string): StoredPicture | undefined;
}

export function pictureStore({ orm }: Ledger): PictureStore {
  return { find: (sha256) => orm.select().from(pictures).where(eq(pictures.sha256, sha256)).get() };
}

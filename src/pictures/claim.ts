import type { BroughtPicture } from "../records/picture.js";

/** What a source says of a picture. */
export interface Said extends Pick<BroughtPicture, "prompt" | "seed" | "metadata"> {}

/** A picture as a layout names it, before anyone has looked at it. */
export interface Claim extends Pick<BroughtPicture, "content" | "where"> {
  /** Where its prompt lies, where that is another file. */
  readonly promptIn?: string;
  /** From the bytes, where these say it. Throws PictureError without the place. */
  readonly said: (bytes: Uint8Array) => Said | Promise<Said>;
}

/** Streams what a place claims to hold. Throws PictureError or StoreError (place, expected, got, cure) at the first fault. */
export type PictureLayout = (place: string) => AsyncGenerator<Claim>;

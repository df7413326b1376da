import type { PromptMetadata } from "./prompt.js";

/** Encodings of pictures that are kept as they come. */
export const PICTURE_FORMATS = ["png", "jpeg", "webp"] as const;
export type PictureFormat = (typeof PICTURE_FORMATS)[number];

/** An encoded picture, known by the hash of its bytes, which are kept as they came. */
export interface Picture {
  /** Of the encoded bytes, hex. */
  readonly sha256: string;
  readonly format: PictureFormat;
  /** In pixels, as shown: EXIF's orientation applied. */
  readonly width: number;
  readonly height: number;
  /** Size of the encoded picture. */
  readonly bytes: number;
}

/** A picture that the workspace knows. */
export interface StoredPicture extends Picture {
  /** Where its bytes lie: an absolute path of the source, or `pictures/SHA256` below the workspace root. */
  readonly place: string;
  /** Its perceptual hash, hex. */
  readonly looks: string;
}

/** A value of a picture's metadata: what a line of JSON or a cell of a table can say. */
export type MetadataValue = string | number | boolean | null;

export type PictureMetadata = Readonly<Record<string, MetadataValue>>;

/** A picture as a candidate: nobody here sampled it, and its bytes are all that is known of how it came to be. */
export interface PictureCandidate {
  /** First 24 hex digits of sha256 over source, prompt text and the bytes' sha256. */
  readonly id: string;
  readonly promptId: string;
  /** Identity of the source: a checkpoint of kind "outside". */
  readonly checkpoint: string;
  readonly picture: StoredPicture;
  /** Null where the source does not say it. */
  readonly seed: number | null;
  readonly metadata: PictureMetadata;
}

/** A picture as its source brings it. */
export interface BroughtPicture {
  readonly prompt: string;
  /** An absolute path, or the encoded bytes where the source itself holds them. */
  readonly content: { readonly file: string } | { readonly bytes: Uint8Array };
  readonly picture: Picture;
  /** Absent where the source does not say it. */
  readonly seed?: number;
  /** What else the source says of it: model, steps, guidance, any other column. */
  readonly metadata: PictureMetadata;
  /** What its prompt asks for, where the source says it in GenEval's terms. */
  readonly structure?: PromptMetadata;
  /** Where it was read: "metadata.jsonl, line 3". */
  readonly where: string;
}

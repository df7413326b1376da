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

/** A value of a picture's metadata: what a line of JSON or a cell of a table can say. */
export type MetadataValue = string | number | boolean | null;

/** A picture as its source brings it. */
export interface BroughtPicture {
  readonly prompt: string;
  /** An absolute path, or the encoded bytes where the source itself holds them. */
  readonly content: { readonly file: string } | { readonly bytes: Uint8Array };
  readonly picture: Picture;
  /** Absent where the source does not say it. */
  readonly seed?: number;
  /** What else the source says of it: model, steps, guidance, any other column. */
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  /** Where it was read: "metadata.jsonl, line 3". */
  readonly where: string;
}

/** RGB pixels, row-major, 8 bits a channel, length width * height * 3. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** An image in flight: what its source keeps of it, and its pixels when someone looks. */
export interface ImageHandle {
  /** Of a token grid: codebook indices, row-major, shape (tokens,). Absent for a picture. */
  readonly tokens?: Uint16Array;
  /** Of a path's preview: 1 where the token is committed, 0 where only predicted, shape (tokens,). Absent for a whole image. */
  readonly settled?: Uint8Array;
  /** Decodes on the first call; later calls return the same pixels. A picture is shown as its EXIF orientation says. */
  pixels(): Promise<Pixels>;
  /** Of a picture: the bytes as they came (PNG, JPEG or WebP). Absent for a token grid. Throws StoreError when they are gone or others. */
  encoded?(): Promise<Uint8Array>;
}

/** The image of a token grid. */
export interface GridImage extends ImageHandle {
  readonly tokens: Uint16Array;
}

/** RGB pixels, row-major, 8 bits a channel, length width * height * 3. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** An image in flight: its token grid, and its pixels when someone looks. */
export interface ImageHandle {
  /** Codebook indices, row-major, shape (tokens,). */
  readonly tokens: Uint16Array;
  /** Of a path's preview: 1 where the token is committed, 0 where only predicted, shape (tokens,). Absent for a whole image. */
  readonly settled?: Uint8Array;
  /** Decodes on the first call; later calls return the same pixels. */
  pixels(): Promise<Pixels>;
}

/**
 * The most of what can be asked for, by flag, pipeline or file: far above any use, and below what memory holds. What lies
 * beyond is a slip of the keyboard, and is refused with the limit before anything is made.
 */
export const MOST = Object.freeze({
  /** Images of a stage: its work list is in memory. */
  stageImages: 2_000_000,
  /** Images of one prompt: they are one shard, which is held whole. */
  promptImages: 10_000,
  prompts: 10_000_000,
  /** Paths of one search. */
  paths: 10_000,
  /** Evaluations of a model for one image. */
  calls: 1_000_000_000,
  pairsOfPrompt: 100_000,
  pairs: 10_000_000,
  rounds: 1000,
  rows: 1000,
  judges: 64,
  /** Calls of one server under way together. */
  concurrency: 4096,
  /** Pixels. */
  imageSide: 4096,
  /** Decoding steps of a path: no more than a grid has tokens. */
  decodingSteps: 4096,
  /** Of a codebook: tokens are stored in 16 bits. */
  codes: 65_536,
  /** Paths, images or pairs in one forward pass. */
  batch: 65_536,
  shardImages: 100_000,
  optimizerSteps: 10_000_000,
  epochs: 10_000,
  /** Masks of a pair, and sets of masks. */
  draws: 1024,
  /** Of an adapter. */
  rank: 4096,
  resamples: 1_000_000,
  threads: 1024,
  workers: 4096,
  attempts: 100,
  /** Three weeks: a timer counts milliseconds in 31 bits. */
  minutes: 30_000,
  gigabytes: 1_000_000,
  /** Weights, temperatures, scales and rates. */
  strength: 1e6,
  /** An unsigned integer of 32 bits, as samplers and files of candidates have it. */
  seed: 2 ** 32 - 1,
  /** Of a picture: what libvips decodes at most. */
  picturePixels: 268_402_689,
  /** Of an encoded picture: what is read at once. */
  pictureBytes: 2 ** 30,
  /** Characters of a path, name or label. */
  text: 4096,
  /** Characters of a run's name, which names folders. */
  name: 100,
  /** Entries of a list that has no limit of its own. */
  list: 4096,
});

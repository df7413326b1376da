/** A file of a repository on the Hub: read from disk when its turn comes, or made here. */
export interface BundleFile {
  /** In the repository, with forward slashes. */
  readonly path: string;
  /** A file's absolute path, or the content itself. */
  readonly content: { readonly file: string } | Uint8Array | string;
}

/** What can be shared: a data set, a model, a report. */
export const BUNDLE_KINDS = ["pairs", "checkpoint", "report"] as const;
export type BundleKind = (typeof BUNDLE_KINDS)[number];

/** Everything that goes into one repository. */
export interface Bundle {
  readonly kind: BundleKind;
  /** In a few words, for the commit. */
  readonly title: string;
  readonly files: readonly BundleFile[];
  /** What it was made of, by hash. Holds no times: the same work makes the same repository. */
  readonly provenance: Readonly<Record<string, unknown>>;
}

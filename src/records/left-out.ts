/** What was left out of something that is read, by its reason. */
export type LeftOut = Readonly<Record<string, number>>;

/** Counts what is left out, for a reader that says why. */
export function countLeftOut(): { readonly leftOut: LeftOut; readonly onLeftOut: (reason: string) => void } {
  const leftOut: Record<string, number> = {};
  return {
    leftOut,
    onLeftOut: (reason) => {
      leftOut[reason] = (leftOut[reason] ?? 0) + 1;
    },
  };
}

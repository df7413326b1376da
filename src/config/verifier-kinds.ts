/** How the image of a prompt may be chosen, as settings name it. Here, because the help of commands says it without the settings. */
export const VERIFIER_KINDS = [
  "none",
  "orm",
  "prm",
  "parm",
  "parm-plus-plus",
  "random",
  "zero-order",
  "over-paths",
] as const;

/** GenEval's colours, in the order in which its reasons name them. */
export const COLORS = [
  ...["red", "orange", "yellow", "green", "blue"],
  ...["purple", "pink", "brown", "black", "white"],
] as const;

/** What the reference lets CLIP compare the cut-out of an object with, for each colour: the mean of the three decides. */
export const COLOR_WORDINGS = [
  "a photo of a {color} {name}",
  "a photo of a {color}-colored {name}",
  "a photo of a {color} object",
] as const;

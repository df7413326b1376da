import { COLORS } from "../../src/stages/pages/style-sheet.js";

/** A chart as a file of its own: there is no report around it to say what the colours are. */
export function standalone(svg: string): string {
  return svg.replace(/^<svg [^>]*>/, (open) => `${open}<style>${COLORS}</style>`);
}

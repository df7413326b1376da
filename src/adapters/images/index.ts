export { type ContactSheet, type ContactSheetCell, contactSheet } from "./contact-sheet.js";
export { decodePng, encodePng, pngDataUrl } from "./png.js";
export { escapeMarkup } from "./text-lines.js";

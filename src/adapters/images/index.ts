export { type ContactSheet, type ContactSheetCell, contactSheet } from "./contact-sheet.js";
export { UndecodableImageError } from "./damage.js";
export { type Fitting, fittedPicture, fittedPixels } from "./fitted.js";
export {
  decodeImage,
  type InspectedImage,
  imageEnding,
  inspectImage,
  MOST_PIXELS,
  resizedToSquare,
} from "./inspect.js";
export { inspectPicture, type PictureHeader } from "./inspect-picture.js";
export {
  ALIKE_BITS,
  HASH_BITS,
  HashList,
  hashDistance,
  hashOfHex,
  perceptualHash,
} from "./perceptual-hash.js";
export { pngTexts } from "./picture-chunks.js";
export { decodePng, encodePng, pngDataUrl } from "./png.js";
export { looksOf, thumbnailOf } from "./shrunken.js";
export { escapeMarkup } from "./text-lines.js";

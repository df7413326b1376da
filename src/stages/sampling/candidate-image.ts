import type { PictureFiles } from "../../pictures/picture-files.js";
import type { Candidate } from "../../records/candidate.js";
import type { GridImage, ImageHandle } from "../../records/image.js";

/** What makes images of candidates: of token grids, and of pictures. */
export interface CandidateImages {
  readonly image: (tokens: Uint16Array) => GridImage;
  readonly pictures: PictureFiles;
}

/** The image of a candidate that was sampled: its picture, or what its tokens decode to. */
export function candidateImage(
  { tokens, picture }: Pick<Candidate, "tokens" | "picture">,
  { image, pictures }: CandidateImages,
): ImageHandle {
  return picture === undefined ? image(tokens) : pictures.image(picture);
}

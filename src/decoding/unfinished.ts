import type { Pixels } from "../records/image.js";
import type { Decoder } from "../records/seams.js";

/** What the squares of tokens that are not drawn are painted with. */
const GREY = 127;

/** A decoder of grids whose last rows may not be drawn, where `mask` stands: they come out grey. */
export function unfinishedDecoder(decoder: Decoder, mask: number): Decoder {
  return {
    async decode(grids) {
      const images = await decoder.decode(grids.map((grid) => filled(grid, mask)));
      return images.map((pixels, index) => marked(pixels, grids[index] as Uint16Array, mask));
    },
  };
}

/** The grid with the last row that is drawn in all rows below it: a decoder looks a little beyond each token. */
function filled(grid: Uint16Array, mask: number): Uint16Array {
  const drawn = grid.indexOf(mask);
  if (drawn === -1) return grid;
  const side = Math.round(Math.sqrt(grid.length));
  return grid.map((token, place) => {
    if (token !== mask) return token;
    return drawn < side ? 0 : (grid[drawn - side + (place % side)] as number);
  });
}

function marked(pixels: Pixels, grid: Uint16Array, mask: number): Pixels {
  const drawn = grid.indexOf(mask);
  if (drawn === -1) return pixels;
  const side = Math.round(Math.sqrt(grid.length));
  const data = pixels.data.slice();
  const { width, height } = pixels;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const place = Math.floor((row * side) / height) * side + Math.floor((column * side) / width);
      if (grid[place] === mask) data.fill(GREY, (row * width + column) * 3, (row * width + column + 1) * 3);
    }
  }
  return { ...pixels, data };
}

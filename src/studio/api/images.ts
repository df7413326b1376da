import type { LocalAnswer, LocalRoute } from "../../adapters/web/index.js";
import { ConfigError } from "../../errors.js";
import type { ShownImage, StudioImages } from "../images.js";

/** Longest sides that a picture is made small to. */
const SIDES = [256, 512, 1024];

/** `images/ID?side=256`, as it came without a side, and `images/ID/after/STEPS`. */
export function imageRoutes(images: StudioImages): LocalRoute[] {
  return [
    {
      method: "GET",
      path: "images/:id",
      answer: async ({ params, query }) => {
        const side = query.get("side");
        if (side !== null && !SIDES.includes(Number(side)))
          throw new ConfigError(`Expected a side of ${SIDES.join(", ")}, got ${JSON.stringify(side)}.`);
        return shown(await images.image(params["id"] ?? "", side === null ? undefined : Number(side)));
      },
    },
    {
      method: "GET",
      path: "images/:id/after/:steps",
      answer: async ({ params }) => {
        const { id = "", steps = "" } = params;
        return /^\d{1,4}$/.test(steps) ? shown(await images.after(id, Number(steps))) : undefined;
      },
    },
  ];
}

function shown(image: ShownImage | undefined): LocalAnswer {
  return image && { image: image.bytes, format: image.format };
}

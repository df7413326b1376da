import type { LocalRoute } from "../adapters/web/index.js";
import { listEndpoints } from "./api/candidates.js";
import { compareEndpoints } from "./api/compare.js";
import { described, type Endpoint, routeOf } from "./api/endpoint.js";
import { eventRoute } from "./api/events.js";
import { imageRoutes } from "./api/images.js";
import { judgeBook } from "./api/judge-book.js";
import { markEndpoints } from "./api/marks.js";
import { pictureEndpoints } from "./api/picture.js";
import { runEndpoints } from "./api/runs.js";
import { trainingEndpoints } from "./api/trainings.js";
import type { Studio } from "./studio.js";

/** Every question of the read API. */
export function studioEndpoints(studio: Studio): Endpoint[] {
  const book = judgeBook(studio.store);
  return [
    ...runEndpoints(studio),
    ...trainingEndpoints(studio),
    ...listEndpoints(studio, book),
    ...pictureEndpoints(studio, book),
    ...compareEndpoints(studio),
    ...markEndpoints(studio),
  ];
}

/** What the studio's server answers, its pages left out. */
export function studioRoutes(studio: Studio): LocalRoute[] {
  const endpoints = studioEndpoints(studio);
  const description: LocalRoute = {
    ...{ method: "GET", path: "api" },
    answer: () => ({ json: { endpoints: described(endpoints) } }),
  };
  return [description, ...endpoints.map(routeOf), ...imageRoutes(studio.images), eventRoute(studio)];
}

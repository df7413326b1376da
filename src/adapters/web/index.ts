export type { LocalAnswer, LocalEvent, LocalRequest, LocalRoute } from "./local-route.js";
export { type LocalServer, type LocalServerOptions, serveLocally } from "./local-server.js";
export { RequestError } from "./request-body.js";

export {
  type LocalAnswer,
  type LocalRequest,
  type LocalServer,
  type LocalServerOptions,
  serveLocally,
} from "./local-server.js";

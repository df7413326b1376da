export { type Posted, postJson } from "./post-json.js";

export { type Posted, type PostOptions, postJson } from "./post-json.js";

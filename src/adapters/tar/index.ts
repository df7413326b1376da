export { readSampleRows } from "./sample-rows.js";
export { type Member, writeTarShards } from "./write-shards.js";

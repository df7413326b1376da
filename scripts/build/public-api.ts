/**
 * `npm run api` writes test/contract/public-api.txt anew: what users' compilers are told of each name that the package exports, and of what
 * these speak of. A change of it is a change for users, and belongs into a changeset.
 *
 *   npm run api -- [FILE]
 */
import "../explain-faults.js";
import { writeFileSync } from "node:fs";
import { gatherDeclarations } from "./public-api/gather.js";

const ENTRIES = { espalier: "src/index.ts", "espalier/testing": "src/testing.ts" } as const;
const [file = "test/contract/public-api.txt"] = process.argv.slice(2);

const parts = Object.entries(ENTRIES).map(([name, entry]) => {
  const declared = gatherDeclarations(entry).map(({ module, text }) => `// ${module}\n${text}\n`);
  return `======== ${name}\n\n${declared.join("\n")}`;
});
writeFileSync(file, parts.join("\n"));
console.log(file);

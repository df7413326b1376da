/**
 * What lies behind the tables of scripts/studies/paper-tables.ts. For each generator: how many of the N candidates of an image are
 * right, for how many images at least one is (what a judge without fault would score), how well each judge ranks the candidates
 * of one prompt, and how far apart they are. For PARM++: whom reflection approves. Reads the study's workspace, writes JSON.
 *
 *   npx tsx scripts/studies/paper-causes.ts --workspace build/paper-tables --out docs/results/paper-causes.json
 */
import "../explain-faults.js";
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { candidateFiles } from "../../src/adapters/arrow/index.js";
import { openStore, type StageRow } from "../../src/adapters/store/index.js";
import type { VerifierConfig } from "../../src/config/schema/verifier.js";
import { openBundledDecoder, openBundledDetector } from "../../src/families/bundled.js";
import { workspacePaths } from "../../src/paths.js";
import { candidatesOf, type SeenCandidate } from "./paper-causes/candidates.js";
import { headroomOf, rankingBy } from "./paper-causes/generators.js";
import { reflectionOf } from "./paper-causes/reflection.js";

const { values: flags } = parseArgs({
  options: {
    workspace: { type: "string", default: "build/paper-tables" },
    out: { type: "string", default: "docs/results/paper-causes.json" },
  },
});
const store = openStore(workspacePaths(flags.workspace), { readOnly: true });
const files = candidateFiles(flags.workspace);
const [decoder, detector] = [await openBundledDecoder(), openBundledDetector()];
const rows = store.stages.list("paper-tables").filter(({ progress }) => progress === "finished");
const judges = store.checkpoints.list().filter(({ kind }) => kind === "judge");

const generators = [];
let base: SeenCandidate[][] | undefined;
for (const stage of firstOfEachGenerator()) {
  const images: SeenCandidate[][] = [];
  for await (const image of candidatesOf(stage, { store, files, decoder, detector })) images.push(image);
  base ??= images;
  const ranking = judges.flatMap(({ id, name }) => {
    const found = rankingBy(id, store, images);
    return found === undefined ? [] : [[name, found]];
  });
  const generator = String(stage.inputs["label"]).split(" + ")[0];
  generators.push({ generator, ...headroomOf(images, base), judges: Object.fromEntries(ranking) });
  console.log(JSON.stringify(generators.at(-1)));
}
const [without, plus] = [reflecting((count) => count === 0), reflecting((count) => count > 0)];
const reflection = without && plus ? reflectionOf(without, plus, store) : null;
console.log(JSON.stringify(reflection));
writeFileSync(flags.out, `${JSON.stringify({ generators, reflection }, null, 2)}\n`);
await decoder.close();
store.close();

/** A row of an ORM, which names all candidates of the images, for each generator as they were begun: the base is first. */
function firstOfEachGenerator(): StageRow[] {
  const found = new Map<unknown, StageRow>();
  for (const stage of rows) {
    if (verifierOf(stage)?.kind === "orm" && !found.has(stage.inputs["checkpoint"])) {
      found.set(stage.inputs["checkpoint"], stage);
    }
  }
  return [...found.values()];
}

function reflecting(chosen: (reflections: number) => boolean): StageRow | undefined {
  return rows.find((stage) => {
    const verifier = verifierOf(stage);
    return verifier?.kind === "parm-plus-plus" && chosen(verifier.reflections);
  });
}

function verifierOf({ inputs }: StageRow): VerifierConfig | undefined {
  return inputs["verifier"] as VerifierConfig | undefined;
}

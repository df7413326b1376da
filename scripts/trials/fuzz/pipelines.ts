import type { Chance } from "../random.js";
import type { FuzzMaker } from "./fuzz-case.js";
import { mutateJson, oddText } from "./odd.js";

const WHOLE = {
  name: "fuzzed",
  seed: 1,
  sampler: { steps: 6, guidanceScale: 2, temperature: 1 },
  models: { base: "scenes-base", judge: "scenes-judge-fine-tuned" },
  prompts: {
    train: { file: "prompts.txt" },
    heldOut: { file: "data/prompts/held-out.jsonl", validationShare: 0.2 },
  },
  round: {
    ...{ prompts: 4, candidates: { perPrompt: 4 }, labels: { by: "judge", yesFrom: 0.5, noUpTo: 0.5 } },
    ...{ mining: { policy: "random-yes-no", pairsPerPrompt: 2 }, reference: "previous", pairsPerTask: 10 },
    training: { steps: 6, batchPairs: 4, losses: { sigmoid: 1 }, masks: { policy: "random", draws: 2 } },
  },
  rounds: 2,
  gate: { images: { perTask: 4 } },
  evaluation: {
    ...{ images: { perTask: 6 }, resamples: 1000 },
    rows: [
      { verifier: { kind: "none" } },
      { verifier: { kind: "parm", n: 4 }, checkpoints: "first-and-last" },
    ],
  },
  shardImages: 24,
};

/** Values that JSON cannot say. */
const CODE = [
  ...[
    "1n",
    "Symbol('a')",
    "() => 1",
    "new Date(Number.NaN)",
    "new Map()",
    "new Proxy({}, {})",
    "/a/",
    "Promise.resolve(1)",
  ],
  ...[
    "Object.create(null)",
    "new (class Own { get name() { throw new Error('getter'); } })()",
    "new Array(1e6)",
  ],
  ...[
    "(() => { const ring: any = {}; ring.ring = ring; return ring; })()",
    "globalThis",
    "process",
    "undefined",
    "NaN",
  ],
  ...[
    "{ get seed() { throw new RangeError('getter'); } }",
    "{ get name() { throw null; } }",
    "Buffer.alloc(9)",
  ],
];
const MODULES = [
  ...["", "export const pipeline = {};", "export default", "throw new Error('at load');", "throw undefined;"],
  ...[
    "import './absent.js'; export default {};",
    "export default await Promise.reject(new Error('later'));",
    "\u0000",
  ],
  ...[
    "export default await import('./absent.mjs');",
    "module.exports = {};",
    "const x: number = ;",
    "throw 'text';",
  ],
];

/** Pipeline files: settings changed, values that are no data, modules that do not load. Planned only. */
export const pipelines: FuzzMaker = (chance, _material, name) => {
  const file = `${name}.${chance.pick(["ts", "ts", "mts", "js", "mjs"])}`;
  return { words: ["run", `./${file}`, "--plan"], files: { [file]: moduleOf(chance, file) } };
};

function moduleOf(chance: Chance, file: string): string {
  if (chance.is(0.08)) return chance.pick(MODULES);
  const settings = JSON.stringify(mutateJson(chance, WHOLE));
  if (chance.is(0.7)) return `export default ${settings};\n`;
  const code = file.endsWith("ts") ? chance.pick(CODE) : chance.pick(CODE).replace(": any", "");
  if (chance.is(0.3)) return `export default ${code.startsWith("{") ? `(${code})` : code};\n`;
  const place = chance.pick(["seed", "round", "rounds", "models", "evaluation", "name", oddText(chance)]);
  return `export default { ...${settings}, [${JSON.stringify(place)}]: ${code} };\n`;
}

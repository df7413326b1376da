/**
 * Renders scenes with the objects in them, for `espalier_torch.pretrain.train_detector` to learn from:
 * `npx tsx scripts/build/object-scenes.ts --count 20000 --seed 31 --out build/object-scenes.arrow`. No caption says a held-out combination.
 */
import "../explain-faults.js";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { type ObjectScene, writeObjectScenes } from "../../src/adapters/arrow/object-scenes.js";
import { type SceneObject, SIDE } from "../../src/scenes/drawing/scene.js";
import { MOST_OBJECTS, placesOf } from "../../src/scenes/grounding.js";
import { COLORS, SHAPES } from "../../src/scenes/language/vocabulary.js";
import { trainingScenes } from "../../src/scenes/training-rows.js";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "31" },
    out: { type: "string", default: "build/object-scenes.arrow" },
  },
});
mkdirSync(dirname(values.out), { recursive: true });
const sizes = { pixels: SIDE * SIDE * 3, objects: MOST_OBJECTS };
const { rows, sha256 } = await writeObjectScenes(values.out, scenes(), sizes);
console.log(JSON.stringify({ rows, sha256 }));

function* scenes(): Generator<ObjectScene> {
  const settings = { count: Number(values.count), seed: Number(values.seed) };
  for (const { scene, pixels } of trainingScenes(settings)) {
    yield {
      pixels: pixels.data,
      places: placesOf(scene),
      shapes: ids(scene.objects, ({ shape }) => SHAPES.indexOf(shape)),
      colors: ids(scene.objects, ({ color }) => COLORS.indexOf(color)),
    };
  }
}

function ids(objects: readonly SceneObject[], idOf: (object: SceneObject) => number): Uint16Array {
  const found = new Uint16Array(MOST_OBJECTS);
  found.set(objects.map(idOf));
  return found;
}

import type { PromptMetadata } from "../../records/prompt.js";
import { type NounPhrase, readStatement, type Statement } from "./grammar.js";
import type { Random } from "./random.js";
import { shuffled } from "./random.js";
import { clearlyRelated, MIN_APART, PLACES, type Scene, type SceneObject } from "./scene.js";
import { COLORS, type Relation } from "./vocabulary.js";

/** Grey levels of the background. */
export const BACKGROUNDS = [116, 136, 156] as const;
/** Share of groups ("three stars") drawn in one colour when the prompt names none. */
const ONE_COLOR_SHARE = 0.5;

/** A random scene of which the prompt is true and which holds nothing else. Colours the prompt leaves open are random. */
export function sampleScene(metadata: PromptMetadata, random: Random): Scene {
  const statement = readStatement(metadata);
  const looks = [statement.first, ...(statement.second ? [statement.second] : [])].flatMap((phrase) =>
    looksOf(phrase, random),
  );
  const places = placesFor(statement, looks.length, random);
  const objects = looks.map((look, index): SceneObject => ({ ...look, ...(places[index] as Place) }));
  return { objects, background: random.pick(BACKGROUNDS) };
}

interface Place {
  readonly column: number;
  readonly row: number;
}

function looksOf(phrase: NounPhrase, random: Random): Pick<SceneObject, "shape" | "color">[] {
  const shared = phrase.color ?? (random.uniform(0, 1) < ONE_COLOR_SHARE ? random.pick(COLORS) : undefined);
  return Array.from({ length: phrase.count }, () => ({
    shape: phrase.shape,
    color: shared ?? random.pick(COLORS),
  }));
}

function placesFor({ first, joint, second }: Statement, count: number, random: Random): Place[] {
  if (second === undefined || joint === undefined || joint === "and") return placesApart(count, random);
  for (;;) {
    const places = placesApart(count, random);
    const [ones, others] = [places.slice(0, first.count), places.slice(first.count)];
    if (ones.every((one) => others.every((other) => related(one, joint, other)))) return places;
  }
}

function related(one: Place, relation: Relation, other: Place): boolean {
  const look = { shape: "circle", color: "red" } as const;
  return clearlyRelated({ ...look, ...one }, relation, { ...look, ...other });
}

const EVERY_PLACE: readonly Place[] = PLACES.flatMap((row) => PLACES.map((column) => ({ column, row })));
const layouts = new Map<number, Place[][]>();

/** Uniform over all layouts of `count` objects that keep their distance. */
function placesApart(count: number, random: Random): Place[] {
  const known = layouts.get(count) ?? layoutsOf(count);
  layouts.set(count, known);
  return shuffled(random.pick(known), random);
}

function layoutsOf(count: number): Place[][] {
  let partial: { places: Place[]; next: number }[] = [{ places: [], next: 0 }];
  for (let size = 0; size < count; size++) {
    partial = partial.flatMap(({ places, next }) =>
      EVERY_PLACE.slice(next).flatMap((place, offset) =>
        places.every((other) => farApart(place, other))
          ? [{ places: [...places, place], next: next + offset + 1 }]
          : [],
      ),
    );
  }
  return partial.map(({ places }) => places);
}

function farApart(one: Place, other: Place): boolean {
  return Math.hypot(one.column - other.column, one.row - other.row) >= MIN_APART;
}

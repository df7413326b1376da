import { PromptError } from "../../errors.js";
import type { PromptMetadata } from "../../records/prompt.js";
import { type NounPhrase, readStatement, type Statement, toMetadata } from "../language/statement.js";
import { COLORS } from "../language/vocabulary.js";
import { type Random, shuffled } from "../random.js";
import { clearlyRelated, MIN_APART, PLACES, type Place, type Scene, type SceneObject } from "./scene.js";

/** Grey levels of the background. */
export const BACKGROUNDS = [116, 136, 156] as const;
/** Share of groups ("three stars") drawn in one colour when the prompt names none. */
const ONE_COLOR_SHARE = 0.5;
/** Random layouts tried before a prompt is given up. */
const LAYOUT_ATTEMPTS = 1000;

/**
 * A random scene of which the prompt is true and which holds nothing else; colours it leaves open are random.
 * Throws PromptError when the objects do not fit.
 */
export function sampleScene(metadata: PromptMetadata, random: Random): Scene {
  const statement = readStatement(metadata);
  const looks = [statement.first, ...(statement.second ? [statement.second] : [])].flatMap((phrase) =>
    looksOf(phrase, random),
  );
  const places = placesFor(statement, looks.length, random);
  const objects = looks.map((look, index): SceneObject => ({ ...look, ...(places[index] as Place) }));
  return { objects, background: random.pick(BACKGROUNDS) };
}

function looksOf(phrase: NounPhrase, random: Random): Pick<SceneObject, "shape" | "color">[] {
  const shared = phrase.color ?? (random.uniform(0, 1) < ONE_COLOR_SHARE ? random.pick(COLORS) : undefined);
  return Array.from({ length: phrase.count }, () => ({
    shape: phrase.shape,
    color: shared ?? random.pick(COLORS),
  }));
}

function placesFor(statement: Statement, count: number, random: Random): Place[] {
  for (let attempt = 0; attempt < LAYOUT_ATTEMPTS; attempt++) {
    const places = placesApart(count, random);
    if (places !== undefined && placesSuit(statement, places)) return places;
  }
  throw new PromptError(
    `"${toMetadata(statement).prompt}" cannot be drawn: expected objects that fit ${MIN_APART} tokens apart on the ` +
      `${PLACES.length} x ${PLACES.length} places and keep their relation, found no such layout. Name fewer objects.`,
  );
}

function placesSuit({ first, joint, second }: Statement, places: readonly Place[]): boolean {
  if (second === undefined || joint === undefined || joint === "and") return true;
  const [ones, others] = [places.slice(0, first.count), places.slice(first.count)];
  return ones.every((one) => others.every((other) => clearlyRelated(one, joint, other)));
}

const EVERY_PLACE: readonly Place[] = PLACES.flatMap((row) => PLACES.map((column) => ({ column, row })));
const layouts = new Map<number, Place[][]>();

/** Uniform over all layouts of `count` objects that keep their distance. */
function placesApart(count: number, random: Random): Place[] | undefined {
  const known = layouts.get(count) ?? layoutsOf(count);
  layouts.set(count, known);
  return known.length === 0 ? undefined : shuffled(random.pick(known), random);
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

/** Whether two objects can lie in these places without touching. */
export function farApart(one: Place, other: Place): boolean {
  return Math.hypot(one.column - other.column, one.row - other.row) >= MIN_APART;
}

import { z } from "zod";
import { MOST } from "../limits.js";

/** Leaf types of a pipeline's settings. Each has a limit, and carries the words that finish "Expected X to be …". */

export const positive = (most: number) => {
  const error = `a positive number, at most ${most}`;
  return z.number({ error }).positive({ error }).max(most, { error });
};

export const share = () => within(0, 1);

export const within = (low: number, high: number) => {
  const error = `a number from ${low} to ${high}`;
  return z.number({ error }).min(low, { error }).max(high, { error });
};

export const whole = (low: number, high: number) => {
  const error = `a whole number from ${low} to ${high}`;
  return z.int({ error }).min(low, { error }).max(high, { error });
};

export const seed = () => whole(0, 2 ** 32 - 1);

export const text = (error: string) =>
  z
    .string({ error })
    .min(1, { error })
    .max(MOST.text, { error: `${error}, of at most ${MOST.text} characters` });

export const flag = () => z.boolean({ error: "true or false" });

export const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, { error: `one of ${names.map((name) => `"${name}"`).join(", ")}` });

/** A list of `what`, a plural. */
export const list = <Item extends z.ZodType>(
  item: Item,
  what: string,
  { least = 0, most = MOST.list }: { readonly least?: number; readonly most?: number } = {},
) => {
  const error = least === 0 ? `a list of at most ${most} ${what}` : `a list of ${least} to ${most} ${what}`;
  return z.array(item, { error }).min(least, { error }).max(most, { error });
};

/** An object without unknown keys. */
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? "an object" : undefined) });

/** For `meta`: what a setting is that does not decide what comes out. It may differ when a run goes on. */
export const aside = (description: string) => ({ description, decides: false });

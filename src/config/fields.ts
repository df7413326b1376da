import { z } from "zod";

/** Leaf types of a pipeline's settings. Each carries the words that finish "Expected X to be …". */

export const positive = () => number("a positive number").positive({ error: "a positive number" });

export const atLeastZero = () => number("a number of at least 0").min(0, { error: "a number of at least 0" });

export const share = () => within(0, 1);

export const within = (low: number, high: number) => {
  const error = `a number from ${low} to ${high}`;
  return number(error).min(low, { error }).max(high, { error });
};

export const wholeAtLeast = (low: number) => {
  const error = `a whole number of at least ${low}`;
  return z.int({ error }).min(low, { error });
};

export const seed = () => {
  const error = "a whole number from 0 to 4294967295";
  return z
    .int({ error })
    .min(0, { error })
    .max(2 ** 32 - 1, { error });
};

export const text = (error: string) => z.string({ error }).min(1, { error });

export const flag = () => z.boolean({ error: "true or false" });

export const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, { error: `one of ${names.map((name) => `"${name}"`).join(", ")}` });

/** An object without unknown keys. */
export const section = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: (issue) => (issue.code === "invalid_type" ? "an object" : undefined) });

function number(error: string) {
  return z.number({ error });
}

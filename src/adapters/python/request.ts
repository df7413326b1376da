import { z } from "zod";

/** What requests are made of. `npm run protocol` writes Python's classes from them: a title is a class's name. */
export function request<const Name extends string, const Shape extends z.ZodRawShape>(
  name: Name,
  about: { readonly title: string; readonly description: string; readonly extends?: string },
  shape: Shape,
) {
  return z.strictObject({ request: z.literal(name), ...shape }).meta(about);
}

export const place = () => z.string().min(1);
export const maybe = () => place().nullable().default(null);
export const texts = () => z.array(z.string()).min(1).readonly();

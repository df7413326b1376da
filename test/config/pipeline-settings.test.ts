import { expectTypeOf, test } from "vitest";
import type { z } from "zod";
import type { PipelineSettings } from "../../src/config/pipeline-settings.js";
import type { roundSchema } from "../../src/config/schema/round.js";
import type { runSchema } from "../../src/config/schema/run.js";

/** What may be absent, without what may be there and undefined. */
type Stated<Type> = Type extends object
  ? { [Name in keyof Type]: Stated<Exclude<Type[Name], undefined>> }
  : Type;
type Settings = Stated<z.input<typeof runSchema> & { round?: z.input<typeof roundSchema> }>;

test("the generated types of a pipeline are those of its schemas (tsc checks them)", () => {
  expectTypeOf<Settings>().toExtend<PipelineSettings>();
  expectTypeOf<PipelineSettings>().toExtend<Settings>();
});

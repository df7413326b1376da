import { defineConfig } from "drizzle-kit";

/** `npm run migrations -- --name <what_changes>` writes the next SQL file. */
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/adapters/store/schema.ts",
  out: "./migrations",
});

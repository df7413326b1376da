import { afterAll } from "vitest";
import { removeFolders } from "./temporary-folders.js";

// Run for each test file: a hook in a module that several files import would be that of the first one alone.
afterAll(removeFolders);

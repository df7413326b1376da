import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { protocolSchema } from "./json-schema.js";
import { pipelineTypes } from "./pipeline-types.js";
import { pythonEvents } from "./python-events.js";
import { pythonRequests } from "./python-requests.js";
import { settingsPage } from "./settings-page.js";

const PYTHON = "python/espalier_torch/protocol";

/** Every generated file, by its path below the repository's folder. */
export async function protocolFiles(root: string): Promise<Readonly<Record<string, string>>> {
  const schema = protocolSchema();
  const modules = Object.entries({ ...pythonRequests(schema), events: pythonEvents(schema) });
  return {
    [`${PYTHON}/schema.json`]: `${JSON.stringify(schema, null, 1)}\n`,
    ...Object.fromEntries(modules.map(([name, text]) => [`${PYTHON}/${name}.py`, formatted(root, text)])),
    "docs/settings.md": settingsPage(schema.pipeline),
    "src/config/pipeline-settings.ts": await pipelineTypes(schema.pipeline),
  };
}

/** As the gates want Python. A setting's help is one text, however long. */
function formatted(root: string, text: string): string {
  const config = join(root, "python", "pyproject.toml");
  const command = join(root, ".venv/bin/ruff");
  const made = execFileSync(command, ["format", "--config", config, "-"], { input: text, encoding: "utf8" });
  return /.{121}/.test(made) ? made.replace('"""\n', '"""\n\n# ruff: noqa: E501\n') : made;
}

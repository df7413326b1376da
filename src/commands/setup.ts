import { defineCommand, oneOf } from "./command.js";

export const setup = defineCommand({
  name: "setup",
  summary: "fetch now what a first run would: the runtime of the bundled models, and Python with PyTorch",
  examples: ["espalier setup", "espalier setup --torch cpu", "espalier setup --only onnx"],
  positionals: [],
  flags: {
    torch: oneOf(
      "which build of PyTorch; the one that this machine has use for unless given",
      ["cpu", "cuda"],
      null,
    ),
    only: oneOf("one of the two alone", ["onnx", "python"], null),
  },
  resumable: true,
  async run(_words, { torch, only }, { announce, signal }) {
    const [{ setUp }, { IS_CLONE, LAYOUT }] = await Promise.all([
      import("../runner/setup/set-up.js"),
      import("../machine/layout.js"),
    ]);
    if (IS_CLONE) {
      const text = "This is a clone, which has its own: node scripts/setup.js sets it up.";
      return { data: { folders: [] }, text };
    }
    await setUp(only === null ? ["onnx", "python"] : [only], { torch, say: announce, signal });
    const folders = [LAYOUT.onnxRuntime, LAYOUT.virtualEnvironment];
    return { data: { folders }, text: "All that runs need is here.", next: [["doctor"]] };
  },
});

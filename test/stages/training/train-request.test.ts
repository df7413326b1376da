import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { trainingSchema } from "../../../src/config/schema/training.js";
import { trainRequest } from "../../../src/stages/training/train-request.js";

const known = (folder: string) => ({ identity: folder, name: folder, folder, location: folder });
const request = trainRequest({
  settings: trainingSchema.parse({
    steps: 9,
    losses: { sigmoid: 1, sft: 0.5 },
    masks: { policy: "own-path" },
  }),
  pairs: ["a.arrow", "b.arrow"],
  policy: known("policy"),
  reference: known("reference"),
  referencePolicy: "previous",
  out: "out",
  round: 2,
  seed: 5,
});

it("says everything in the trainer's names", () => {
  expect(request).toMatchObject({
    pairs: ["a.arrow", "b.arrow"],
    generator: "policy",
    reference: "reference",
    referencePolicy: "previous",
    steps: 9,
    losses: { sigmoid: 1, sft: 0.5 },
    masks: { policy: "own-path" },
    seed: 5,
    maskSeed: 5,
  });
});

it("is a request that the Python worker accepts", async () => {
  const python = join(import.meta.dirname, "../../../.venv/bin/python");
  const program =
    "import sys; from espalier_torch.protocol.reading import read_request; " +
    "from espalier_torch.protocol.worker_requests import WORKER_REQUESTS; r = read_request(sys.stdin.read(), WORKER_REQUESTS); " +
    "print(r.steps, r.masks.policy, r.pairs)";
  const { stdout } = await execa(python, ["-c", program], { input: JSON.stringify(request) });
  expect(stdout).toBe("9 own-path ['a.arrow', 'b.arrow']");
});

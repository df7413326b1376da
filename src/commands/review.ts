import { userInfo } from "node:os";
import { REVIEW_ORDERS } from "../records/review.js";
import { agreementReport } from "./agreement-text.js";
import { defineCommand, number, oneOf, text } from "./command.js";
import { complaint, worded } from "./complaint.js";

export const review = defineCommand({
  name: "review",
  summary: "judge pairs with the keyboard on a page of this machine",
  examples: ["espalier review 77ab02", "espalier review 77ab02 --reviewer ann --order random"],
  positionals: [{ name: "pairs", describe: "id of a pairs stage, or its first digits", required: true }],
  flags: {
    reviewer: text("who reviews; the page can change it. The login name unless given", "name", null),
    order: oneOf("which pairs are asked first", REVIEW_ORDERS, "least-sure"),
    port: number("port on 127.0.0.1; 0 takes a free one", { least: 0, most: 65535 }, 0),
  },
  resumable: true,
  async run([pairs = ""], { reviewer, order, port }, { workspace, signal, announce }) {
    const { reviewPairs } = await import("../runner/reviews/review-pairs.js");
    const outcome = await reviewPairs(pairs, {
      workspace,
      reviewer: reviewer ?? userInfo().username,
      order,
      port,
      signal,
      onOpen: (url) => announce(`Review at ${url}\nEvery answer is kept at once. Ctrl-C ends the review.`),
      onError: (error) => announce(complaint(worded(error, workspace))),
    });
    return agreementReport(outcome);
  },
});

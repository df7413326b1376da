import { connect } from "node:net";
import { startCommand } from "../command.js";
import { complaintsOf } from "../complaints.js";
import { changedTables, dumpLedger } from "../ledger.js";
import { type Chance, chanceOf } from "../random.js";
import type { Sandbox } from "../sandbox.js";
import { mutateBytes, mutateJson, oddText } from "./odd.js";

/** Milliseconds after which a request that is not whole is left. */
const HALF_OPEN = 300;

/**
 * Sends requests to `espalier review`, then ends it by Ctrl-C. `hear` gets the complaints about each, and once more about the
 * end of the command.
 */
export async function tryRequests(
  names: readonly string[],
  {
    sandbox,
    pairs,
    hear,
  }: {
    readonly sandbox: Sandbox;
    readonly pairs: string;
    readonly hear: (name: string, complaints: readonly string[], seen: string) => void;
  },
): Promise<void> {
  const review = startCommand(["review", pairs, "--reviewer", "ann"], { sandbox, limit: 3600 });
  const url = await new Promise<URL>((resolve, reject) => {
    review.onText((text) => {
      const found = /Review at (http:\S+)/.exec(text)?.[1];
      if (found) resolve(new URL(found));
    });
    review.ended.then((ended) => reject(new Error(`The review did not begin:\n${ended.errors}`)), reject);
  });
  for (const name of names) {
    const request = requestOf(chanceOf(name), url);
    const before = dumpLedger(sandbox.workspace);
    const answer = await send(url, request);
    const changed = changedTables(before, dumpLedger(sandbox.workspace));
    hear(
      name,
      complaintsAbout(answer, changed),
      `${request.toString("latin1").slice(0, 300)}\n-> ${answer.slice(0, 300)}`,
    );
  }
  const begun = performance.now();
  review.stop("SIGINT");
  const ended = await review.ended;
  const complaints = complaintsOf(ended, { codes: [0, 130] });
  if (performance.now() - begun > 30_000) complaints.push("Ctrl-C took more than 30 s");
  hear("review:end", complaints, ended.errors);
}

function complaintsAbout(answer: string, changed: readonly string[]): string[] {
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
  const refused = status === 0 || status >= 400;
  return [
    ...(status >= 500 ? [`answered ${status}`] : []),
    ...(/^\s+at \S/m.test(answer) ? ["answered with a stack"] : []),
    ...(refused && changed.length > 0 ? [`refused, but changed ${changed.join(", ")}`] : []),
  ];
}

function requestOf(chance: Chance, url: URL): Buffer {
  const said = { reviewer: "ann", after: 0, pair: "x", answer: "left" };
  const body = chance.is(0.5) ? JSON.stringify(mutateJson(chance, said)) : oddText(chance);
  const path = chance.pick([
    "view",
    "answer",
    "undo",
    "agreement",
    "images/a/b",
    "images/a/b/1",
    "",
    "../view",
    "%00",
    "%zz",
  ]);
  const query = chance.is(0.3)
    ? `?reviewer=${encodeURIComponent(oddText(chance).replace(/[\ud800-\udfff]/g, ""))}`
    : "";
  const target = chance.is(0.9) ? `${url.pathname}${path}${query}` : `/${encodeURI(path)}`;
  const length = chance.is(0.9) ? Buffer.byteLength(body) : chance.pick([0, 5, 1e9, -1]);
  const head = [
    `${chance.pick(["POST", "POST", "GET", "GET", "PUT", "HEAD", "OPTIONS"])} ${target} HTTP/1.1`,
    `Host: ${chance.is(0.95) ? url.host : "elsewhere.example"}`,
    `Origin: ${chance.is(0.9) ? url.origin : "http://elsewhere.example"}`,
    `Content-Type: ${chance.is(0.9) ? "application/json" : "text/plain"}`,
    ...(chance.is(0.8) ? [`Content-Length: ${length}`] : ["Transfer-Encoding: chunked"]),
    "Connection: close",
  ];
  const whole = Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
  return chance.is(0.15) ? mutateBytes(chance, whole) : whole;
}

function send({ hostname, port }: URL, request: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (text) => {
      answer += text.toString("latin1");
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
    socket.setTimeout(HALF_OPEN, () => socket.destroy());
    socket.write(request);
  });
}

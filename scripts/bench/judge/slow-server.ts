import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Answers every call with the same chat completion, so many milliseconds after all of it has come. In a thread of its own, with an event loop of its own. */
const SERVER = `
const { createServer } = require("node:http");
const { parentPort, workerData } = require("node:worker_threads");
const top_logprobs = [{ token: "Yes", logprob: -0.2 }, { token: "No", logprob: -1.7 }];
const choices = [{
  message: { role: "assistant", content: "Yes" }, finish_reason: "stop",
  logprobs: { content: [{ ...top_logprobs[0], top_logprobs }] },
}];
const answer = JSON.stringify({ choices, usage: { prompt_tokens: 300, completion_tokens: 1 } });
const server = createServer((request, response) => {
  request.on("end", () => setTimeout(() => {
    response.writeHead(200, { "content-type": "application/json", "content-length": answer.length });
    response.end(answer);
  }, workerData));
  request.resume();
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

/** The address of a server that answers after `milliseconds`, and what ends it. */
export async function slowServer(milliseconds: number) {
  const worker = new Worker(SERVER, { eval: true, workerData: milliseconds });
  const [port] = (await once(worker, "message")) as [number];
  return { url: `http://127.0.0.1:${port}/v1`, close: () => worker.terminate() };
}

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import type { RayJob } from "../../../src/adapters/ray/index.js";

export interface Submission {
  readonly submission_id: string;
  readonly entrypoint: string;
  readonly runtime_env: { readonly env_vars: Readonly<Record<string, string>> };
  readonly metadata: Readonly<Record<string, string>>;
}

/** A stand-in for the Jobs API of a Ray head, with its paths, bodies and status codes. Closed after the test. */
export async function jobsServer(onSubmit: (submission: Submission) => void = () => undefined) {
  const jobs = new Map<string, { status: RayJob["status"]; message: string | null }>();
  const submissions: Submission[] = [];
  const asked: { method: string; path: string; authorization: string | undefined }[] = [];
  /** Answers to give before the true one: HTTP status and text. */
  const inTheWay: [status: number, text: string][] = [];
  /** So many requests to hang up on before that. */
  const hangUps = { count: 0 };
  const answer = (method: string, path: string, body: string): [number, unknown] => {
    const before = inTheWay.shift();
    if (before) return before;
    const [, id = "", verb] = /^\/api\/jobs\/([^/]*)(?:\/(\w+))?$/.exec(path) ?? [];
    if (method === "POST" && id === "") {
      const submission = JSON.parse(body) as Submission;
      if (jobs.has(submission.submission_id)) return [500, "Job already exists. Please use a different id."];
      submissions.push(submission);
      jobs.set(submission.submission_id, { status: "RUNNING", message: null });
      onSubmit(submission);
      return [200, { job_id: submission.submission_id, submission_id: submission.submission_id }];
    }
    const job = jobs.get(id);
    if (job === undefined) return [404, `Job ${id} does not exist`];
    if (verb === "logs") return [200, { logs: "first line\nlast words\n" }];
    if (verb !== "stop") return [200, { submission_id: id, ...job }];
    job.status = "STOPPED";
    return [200, { stopped: true }];
  };
  const server = createServer((request, response) => {
    if (hangUps.count > 0) {
      hangUps.count -= 1;
      request.socket.destroy();
      return;
    }
    let body = "";
    request.on("data", (text: Buffer) => {
      body += text.toString();
    });
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      asked.push({ method, path: url, authorization: headers.authorization });
      // As a real head does: fetch sends this header, and Ray then takes the caller for a browser.
      const isBrowser = headers["sec-fetch-mode"] !== undefined && method !== "GET";
      const [status, said] = isBrowser
        ? [405, `'${method}' method not allowed for browser traffic.`]
        : answer(method, url, body);
      response.writeHead(status).end(typeof said === "string" ? said : JSON.stringify(said));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { address, jobs, submissions, asked, inTheWay, hangUps };
}

import http from "node:http";
import https from "node:https";
import { z } from "zod";
import { ConfigError, ExecutorError } from "../../errors.js";

/** A job as the cluster tells of it. */
export interface RayJob {
  readonly status: "PENDING" | "RUNNING" | "STOPPED" | "SUCCEEDED" | "FAILED";
  readonly message: string;
}

export interface RayJobs {
  /** Submits under an id of our own; the same id again is the same job. */
  submit(job: {
    readonly id: string;
    readonly entrypoint: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly metadata: Readonly<Record<string, string>>;
  }): Promise<void>;
  /** Undefined when the cluster knows no such job (any more). */
  find(id: string): Promise<RayJob | undefined>;
  logs(id: string): Promise<string>;
  stop(id: string): Promise<void>;
}

export interface RayJobsOptions {
  readonly signal?: AbortSignal;
  /** Tries of one request while the head does not answer, and milliseconds before the second; it doubles each time. */
  readonly tries?: number;
  readonly wait?: number;
  /** Token of a cluster with RAY_AUTH_MODE=token. */
  readonly token?: string | undefined;
}

const jobSchema = z.object({
  status: z.enum(["PENDING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED"]),
  message: z.string().nullish(),
});

/** One request may take so long, and a connection for it. */
const REQUEST_MILLISECONDS = 60_000;
const CONNECT_MILLISECONDS = 5000;
const LONGEST_WAIT = 15_000;
/** Tries at an address that has never answered: most likely it is the wrong one. */
const FIRST_TRIES = 3;

/**
 * Ray's Jobs REST API at `address` (docs.ray.io: "Ray Jobs REST API"). A head that is gone for a while, or has no agent
 * yet, is asked again. Throws ConfigError when nothing answers there, soon where nothing ever has, and ExecutorError when
 * the cluster refuses.
 */
export function rayJobs(address: string, options: RayJobsOptions = {}): RayJobs {
  const token = options.token ?? process.env["RAY_AUTH_TOKEN"];
  const head: Head = { address, hasAnswered: false };
  const ask = (path: string, method = "GET", body?: unknown) =>
    patiently(options, head, () => once(`${address}/api/jobs/${path}`, { method, body, token, ...options }));
  return {
    async submit({ id, entrypoint, environment, metadata }) {
      const runtime = { env_vars: environment };
      const body = { submission_id: id, entrypoint, runtime_env: runtime, metadata };
      const { status, text } = await ask("", "POST", body);
      if (status >= 400 && !text.includes("already exists")) throw refusal("take the job", status, text);
    },
    async find(id) {
      const { status, text } = await ask(id);
      if (status === 404) return undefined;
      if (status >= 400) throw refusal(`tell of job ${id}`, status, text);
      const job = jobSchema.parse(JSON.parse(text));
      return { status: job.status, message: job.message ?? "" };
    },
    async logs(id) {
      const { status, text } = await ask(`${id}/logs`);
      return status >= 400 ? "" : z.object({ logs: z.string() }).parse(JSON.parse(text)).logs;
    },
    async stop(id) {
      const { status, text } = await ask(`${id}/stop`, "POST");
      if (status >= 400 && status !== 404) throw refusal(`stop job ${id}`, status, text);
    },
  };
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

/** By node:http: Ray takes the headers that `fetch` adds for those of a browser, and refuses to write for one. */
function once(
  url: string,
  asked: { method: string; body: unknown; token: string | undefined; signal?: AbortSignal },
): Promise<Answer> {
  const { method, body, token, signal } = asked;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(text === undefined
      ? {}
      : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const options = { method, headers, timeout: REQUEST_MILLISECONDS, ...(signal ? { signal } : {}) };
  return new Promise((resolve, reject) => {
    const open = url.startsWith("https:") ? https : http;
    const request = open.request(url, options, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(pieces).toString() }),
      );
    });
    request.on("timeout", () =>
      request.destroy(new Error(`no answer within ${REQUEST_MILLISECONDS / 1000} s`)),
    );
    const slow = setTimeout(
      () => request.destroy(new Error(`no connection within ${CONNECT_MILLISECONDS / 1000} s`)),
      CONNECT_MILLISECONDS,
    );
    request.on("socket", (socket) => {
      if (!socket.connecting) clearTimeout(slow);
      socket.once("connect", () => clearTimeout(slow));
    });
    request.on("close", () => clearTimeout(slow));
    request.on("error", reject);
    request.end(text);
  });
}

interface Head {
  readonly address: string;
  /** From then on a silence counts as one that passes. */
  hasAnswered: boolean;
}

async function patiently(
  { signal, tries = 8, wait = 500 }: RayJobsOptions,
  head: Head,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  let pause = wait;
  for (let attempt = 1; ; attempt++) {
    const answer = await ask().catch((error: Error) => error);
    signal?.throwIfAborted();
    if (answer instanceof Error) {
      const most = head.hasAnswered ? tries : Math.min(tries, FIRST_TRIES);
      if (attempt >= most) throw unreachable(head.address, answer);
    } else {
      head.hasAnswered = true;
      if (attempt >= tries || !isPassing(answer)) return answer;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
    signal?.throwIfAborted();
    pause = Math.min(pause * 2, LONGEST_WAIT);
  }
}

/** A head that has just started answers so until its agents are up; gateways do while it restarts. */
function isPassing({ status, text }: Answer): boolean {
  return text.includes("No available agent") || status === 502 || status === 503 || status === 504;
}

function unreachable(address: string, cause: Error): ConfigError {
  return new ConfigError(
    `No Ray cluster answers at ${address} (${cause.message}): expected the dashboard of its head, usually port 8265. ` +
      "Start it with: ray start --head, or forward its port to this machine.",
    { cause },
  );
}

function refusal(what: string, status: number, text: string): ExecutorError {
  const lines = text.trim().split("\n");
  const cure = status === 401 || status === 403 ? " Set RAY_AUTH_TOKEN to the cluster's token." : "";
  return new ExecutorError(`The Ray cluster did not ${what} (HTTP ${status}): ${lines.at(-1)}${cure}`);
}

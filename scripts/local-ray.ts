import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";

const BIN = resolve(".venv/bin");
/** Where `ray` is when the extra is installed. */
export const RAY = join(BIN, "ray");

export interface Cluster {
  /** Of the dashboard. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Some parts of Ray wait no longer for each other whatever is asked: then another try is the cure. */
const TRIES = 3;

/**
 * Starts a Ray cluster of one machine with two cores, its dashboard on loopback, and waits until it takes jobs, up to
 * `seconds` for each of three tries. The variable ESPALIER_RAY_ADDRESS names one that runs already.
 */
export async function startCluster(seconds: number): Promise<Cluster> {
  const running = process.env["ESPALIER_RAY_ADDRESS"];
  if (running) return { address: running, stop: async () => undefined };
  for (let left = TRIES - 1; ; left--) {
    try {
      return await tryToStart(seconds);
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

async function tryToStart(seconds: number): Promise<Cluster> {
  // Sockets lie in it, and their paths must be short.
  const folder = mkdtempSync("/tmp/esp-ray-");
  const [dashboard, client] = [await freePort(), await freePort()];
  const address = `http://127.0.0.1:${dashboard}`;
  const words = [
    ...["start", "--head", "--block", "--disable-usage-stats", "--port=0", "--num-cpus=2"],
    ...["--min-worker-port=0", "--max-worker-port=0", "--dashboard-agent-listen-port=0"],
    ...["--object-store-memory=80000000", "--dashboard-host=127.0.0.1"],
    ...[`--dashboard-port=${dashboard}`, `--ray-client-server-port=${client}`, `--temp-dir=${folder}`],
  ];
  const environment = {
    ...process.env,
    PATH: `${BIN}:${process.env["PATH"]}`,
    RAY_USAGE_STATS_ENABLED: "0",
    PYTHONUNBUFFERED: "1",
    // A busy machine starts slowly, and Ray gives up after 30 s.
    RAY_DASHBOARD_STARTUP_TIMEOUT_S: "120",
    RAY_raylet_start_wait_time_s: "120",
  };
  // A process group of its own, so that all of the cluster can be ended and nothing else.
  const head = spawn(RAY, words, { detached: true, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [head.stdout, head.stderr]) {
    stream.on("data", (text: Buffer) => {
      said = (said + text.toString()).slice(-3000);
    });
  }
  const stop = async () => {
    await end(head);
    rmSync(folder, { recursive: true, force: true });
  };
  const last = () => killGroup(head, "SIGKILL");
  process.once("exit", last);
  try {
    await untilUp(address, head, seconds, () => said);
  } catch (error) {
    await stop();
    throw new Error(`${(error as Error).message}\n${said}`);
  }
  return { address, stop };
}

/** The dashboard answers before the rest is up; only what `ray start` says last means that jobs can run. */
async function untilUp(
  address: string,
  head: ChildProcess,
  seconds: number,
  said: () => string,
): Promise<void> {
  const ends = Date.now() + seconds * 1000;
  while (Date.now() < ends) {
    if (head.exitCode !== null) throw new Error("Ray ended while it started.");
    const answer = await fetch(`${address}/api/jobs/`, { signal: AbortSignal.timeout(5000) }).catch(
      () => undefined,
    );
    if (answer?.ok && said().includes("will now block forever")) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`Ray was not up within ${seconds} s.`);
}

async function end(head: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => head.once("close", resolve));
  killGroup(head, "SIGTERM");
  const slow = setTimeout(() => killGroup(head, "SIGKILL"), 5000);
  if (head.exitCode === null && head.signalCode === null) await ended;
  clearTimeout(slow);
  killGroup(head, "SIGKILL");
}

function killGroup(head: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (head.pid !== undefined) process.kill(-head.pid, signal);
  } catch {
    // All of the group has ended.
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

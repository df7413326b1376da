import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { childEnvironment } from "../../src/machine/child-environment.js";
import { installRay, RAY_CURE } from "../setup/ray-packages.js";
import { SetupError } from "../setup/run-command.js";

const BIN = resolve(".venv/bin");
/** Where `ray` is when the extra is installed. */
export const RAY = join(BIN, "ray");

/** A head or another node of a cluster, all on this machine. */
export interface RayNode {
  stop(): Promise<void>;
  /** Ends all of it at once, as a machine does that loses its power. */
  kill(): Promise<void>;
}

export interface Cluster extends RayNode {
  /** Of the dashboard. */
  readonly address: string;
  readonly ports: ClusterPorts;
}

/** Where other nodes find the head, and its dashboard. */
export interface ClusterPorts {
  readonly head: number;
  readonly dashboard: number;
}

/** Some parts of Ray wait no longer for each other whatever is asked: then another try is the cure. */
const TRIES = 3;

/**
 * Starts a Ray cluster of one machine, by default with two cores, its dashboard on loopback, and waits until it takes jobs,
 * up to `seconds` for each of three tries. The variable ESPALIER_RAY_ADDRESS names one that runs already.
 */
export async function startCluster(
  seconds: number,
  { cpus = 2, ports }: { readonly cpus?: number; readonly ports?: ClusterPorts } = {},
): Promise<Cluster> {
  const running = process.env["ESPALIER_RAY_ADDRESS"];
  const leave = async () => undefined;
  if (running) return { address: running, ports: { head: 0, dashboard: 0 }, stop: leave, kill: leave };
  if (!existsSync(RAY)) await installRay();
  if (!existsSync(RAY)) throw new SetupError(`There is no Ray in .venv: ${RAY_CURE}`);
  for (let left = TRIES - 1; ; left--) {
    const chosen = ports ?? { head: await freePort(), dashboard: await freePort() };
    try {
      return await startHead(chosen, cpus, seconds);
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/** Adds a node of `cpus` cores to a cluster of this machine, and waits until it is up. */
export function joinCluster({ ports }: Cluster, cpus: number, seconds: number): Promise<RayNode> {
  const words = [`--address=127.0.0.1:${ports.head}`, `--num-cpus=${cpus}`];
  return startNode(words, (isUp) => isUp, seconds);
}

async function startHead(ports: ClusterPorts, cpus: number, seconds: number): Promise<Cluster> {
  // Sockets lie in it, and their paths must be short.
  const folder = mkdtempSync("/tmp/esp-ray-");
  const address = `http://127.0.0.1:${ports.dashboard}`;
  const words = [
    ...["--head", `--port=${ports.head}`, `--num-cpus=${cpus}`, "--dashboard-host=127.0.0.1"],
    ...[`--dashboard-port=${ports.dashboard}`, `--ray-client-server-port=${await freePort()}`],
    `--temp-dir=${folder}`,
  ];
  const takesJobs = async (isUp: boolean) => {
    const answer = await fetch(`${address}/api/jobs/`, { signal: AbortSignal.timeout(5000) }).catch(
      () => undefined,
    );
    return isUp && answer?.ok === true;
  };
  const forget = () => rmSync(folder, { recursive: true, force: true });
  try {
    const node = await startNode(words, takesJobs, seconds);
    const ended = (how: () => Promise<void>) => () => how().finally(forget);
    return { address, ports, stop: ended(() => node.stop()), kill: ended(() => node.kill()) };
  } catch (error) {
    forget();
    throw error;
  }
}

/** Given from here: for those that are left to its agents, Ray waits 15 s and no longer. */
const AGENT_PORTS = [
  "dashboard-agent-listen-port",
  "dashboard-agent-grpc-port",
  "runtime-env-agent-port",
  "metrics-export-port",
] as const;

/** Runs `ray start`; up is what it says last, and what `check` makes of that. */
async function startNode(
  words: readonly string[],
  check: (isUp: boolean) => boolean | Promise<boolean>,
  seconds: number,
): Promise<RayNode> {
  const ports = [];
  for (const name of AGENT_PORTS) ports.push(`--${name}=${await freePort()}`);
  const environment = {
    ...childEnvironment(),
    PATH: `${BIN}:${process.env["PATH"]}`,
    PYTHONUNBUFFERED: "1",
    // A busy machine starts slowly, and Ray gives up after 30 s.
    RAY_DASHBOARD_STARTUP_TIMEOUT_S: "120",
    RAY_raylet_start_wait_time_s: "60",
    // Its workers make way for everything else by default, and would starve.
    RAY_worker_niceness: "0",
  };
  const shared = ["--block", "--disable-usage-stats", "--object-store-memory=80000000"];
  const command = ["start", ...words, ...shared, "--min-worker-port=0", "--max-worker-port=0", ...ports];
  // A process group of its own, so that all of the node can be ended and nothing else.
  const node = spawn(RAY, command, { detached: true, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  node.on("error", (error) => {
    said = `${RAY} could not be started (${error.message}): ${RAY_CURE}`;
  });
  for (const stream of [node.stdout, node.stderr]) {
    stream.on("data", (text: Buffer) => {
      said = (said + text.toString()).slice(-3000);
    });
  }
  process.once("exit", () => killGroup(node, "SIGKILL"));
  try {
    await untilUp(node, () => check(said.includes("will now block forever")), seconds);
  } catch (error) {
    await end(node, "SIGTERM");
    throw new Error(`${(error as Error).message}\n${said}`);
  }
  return { stop: () => end(node, "SIGTERM"), kill: () => end(node, "SIGKILL") };
}

async function untilUp(
  node: ChildProcess,
  isUp: () => boolean | Promise<boolean>,
  seconds: number,
): Promise<void> {
  const ends = Date.now() + seconds * 1000;
  while (Date.now() < ends) {
    if (node.exitCode !== null || node.pid === undefined) throw new Error("Ray ended while it started.");
    if (await isUp()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`Ray was not up within ${seconds} s.`);
}

async function end(node: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  const ended = new Promise((resolve) => node.once("close", resolve));
  killGroup(node, signal);
  const slow = setTimeout(() => killGroup(node, "SIGKILL"), 5000);
  if (node.pid !== undefined && node.exitCode === null && node.signalCode === null) await ended;
  clearTimeout(slow);
  killGroup(node, "SIGKILL");
}

function killGroup(node: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (node.pid !== undefined) process.kill(-node.pid, signal);
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

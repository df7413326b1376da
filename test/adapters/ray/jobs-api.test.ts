import { describe, expect, it } from "vitest";
import { rayJobs } from "../../../src/adapters/ray/index.js";
import { ConfigError, ExecutorError } from "../../../src/errors.js";
import { jobsServer } from "./jobs-server.js";

const JOB = {
  id: "espalier-1",
  entrypoint: "python -m x",
  environment: { A: "1" },
  metadata: { run: "tiny" },
};

describe("Ray's Jobs API", () => {
  it("submits under our own id, once, and tells how the job is", async () => {
    const { address, submissions, jobs } = await jobsServer();
    const ray = rayJobs(address);
    await ray.submit(JOB);
    await ray.submit(JOB);
    expect(submissions).toEqual([
      {
        submission_id: "espalier-1",
        entrypoint: "python -m x",
        runtime_env: { env_vars: { A: "1" } },
        metadata: { run: "tiny" },
      },
    ]);
    expect(await ray.find("espalier-1")).toEqual({ status: "RUNNING", message: "" });
    expect(await ray.logs("espalier-1")).toContain("last words");
    await ray.stop("espalier-1");
    expect(jobs.get("espalier-1")?.status).toBe("STOPPED");
    expect(await ray.find("never-heard-of")).toBeUndefined();
    await ray.stop("never-heard-of");
  });

  it("asks again while the head is starting, and shows its token", async () => {
    const { address, submissions, inTheWay, asked } = await jobsServer();
    inTheWay.push([500, "No available agent to submit job"], [503, "starting"]);
    await rayJobs(address, { wait: 1, token: "secret" }).submit(JOB);
    expect(submissions).toHaveLength(1);
    expect(asked.map(({ authorization }) => authorization)).toEqual(Array(3).fill("Bearer secret"));
  });

  it("says what a refusal was about, and how to cure it", async () => {
    const { address, inTheWay } = await jobsServer();
    inTheWay.push([401, "Unauthorized"], [500, "Traceback\nValueError: no such image"]);
    const ray = rayJobs(address, { wait: 1 });
    await expect(ray.submit(JOB)).rejects.toThrow(/HTTP 401.*RAY_AUTH_TOKEN/);
    await expect(ray.submit(JOB)).rejects.toThrow(
      new ExecutorError("The Ray cluster did not take the job (HTTP 500): ValueError: no such image"),
    );
  });

  it("names the address at which nothing answers, as the user's mistake", async () => {
    const ray = rayJobs("http://127.0.0.1:1", { wait: 1 });
    await expect(ray.find("any")).rejects.toThrow(ConfigError);
    await expect(ray.find("any")).rejects.toThrow(/http:\/\/127\.0\.0\.1:1.*ray start --head/);
  });

  it("asks thrice where nothing has ever answered, and longer a head that has", async () => {
    const { address, hangUps } = await jobsServer();
    hangUps.count = 5;
    await expect(rayJobs(address, { wait: 1 }).find("any")).rejects.toThrow(ConfigError);
    expect(hangUps.count).toBe(2);
    hangUps.count = 0;
    const ray = rayJobs(address, { wait: 1 });
    await ray.submit(JOB);
    hangUps.count = 5;
    expect(await ray.find("espalier-1")).toEqual({ status: "RUNNING", message: "" });
    expect(hangUps.count).toBe(0);
  });
});

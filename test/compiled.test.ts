import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { expect, test } from "vitest";

const MINUTE = 60_000;

/** A clone whose command says which of its two forms runs. */
function smallClone() {
  const root = mkdtempSync(join(tmpdir(), "espalier-compiled-"));
  for (const folder of ["bin", "src", "pipelines", "dist/src"])
    mkdirSync(join(root, folder), { recursive: true });
  copyFileSync("bin/espalier.js", join(root, "bin", "espalier.js"));
  symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(join(root, "src", "cli.ts"), 'console.log("sources");');
  writeFileSync(join(root, "pipelines", "one.ts"), "");
  writeFileSync(join(root, "dist", "src", "cli.js"), 'console.log("compiled");');
  const ran = async () => (await execa(process.execPath, [join(root, "bin", "espalier.js"), "init"])).stdout;
  return { root, ran };
}

test("a clone's command runs what was compiled while no source is newer or gone", async () => {
  const { root, ran } = smallClone();
  expect(await ran()).toBe("sources");

  const at = (minutes: number) => new Date(Date.now() + minutes * MINUTE);
  writeFileSync(join(root, "dist", ".built"), "");
  utimesSync(join(root, "dist", ".built"), at(1), at(1));
  expect(await ran()).toBe("compiled");

  utimesSync(join(root, "pipelines", "one.ts"), at(2), at(2));
  expect(await ran()).toBe("sources");

  utimesSync(join(root, "dist", ".built"), at(3), at(3));
  rmSync(join(root, "pipelines", "one.ts"));
  utimesSync(join(root, "pipelines"), at(4), at(4));
  expect(await ran()).toBe("sources");

  rmSync(join(root, "src"), { recursive: true });
  expect(await ran()).toBe("compiled");
});

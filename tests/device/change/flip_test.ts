/** Changes of a flip that fail, and homes that hold something else. */
import assert from "node:assert/strict";
import { type PairPaths, stage, swap } from "../../../lib/device/mod.ts";
import { CertswapError } from "../../../lib/system/mod.ts";
import { plant, visibleFiles } from "../../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../../simulation/model/simulated_file_system.ts";
import { simulatedSystem } from "../../simulation/model/simulated_system.ts";
import { type Cast, makeCast, swapOptions } from "../../simulation/scenarios/device_plot.ts";
import { given } from "../../simulation/scenarios/device_scenarios.ts";

const flip: PairPaths = {
  certificate: "/d/current/cert.pem",
  key: "/d/current/key.pem",
  shape: "flip",
};

const newFiles = ({ second }: Cast): Parameters<typeof plant>[0] => ({
  "/d/": {},
  [given.certificate]: second.chainPem,
  [given.key]: { content: second.keyPem, attributes: { mode: 0o600 } },
});

const hasCode = (code: string) => (error: unknown): boolean =>
  error instanceof CertswapError && error.code === code;

Deno.test("swap() removes a pending pair behind a link if its version cannot be written", async () => {
  let isFull = false;
  const files = new SimulatedFileSystem(plant(newFiles(await makeCast())), {
    fate: ({ operation, path }) =>
      isFull && operation === "create" && path.startsWith("/d/versions/")
        ? { errno: "ENOSPC" }
        : "run",
  });
  const system = simulatedSystem(files);
  await stage(system, flip, { ...swapOptions, newPair: given });
  assert.ok(visibleFiles(files.disk).has("/d/.current.certswap.pendingkey"));
  isFull = true;
  await assert.rejects(swap(system, flip, swapOptions), hasCode("swap-failed"));
  const left = [...visibleFiles(files.disk).keys()];
  assert.deepEqual(left.filter((path) => /pending|versions\/./.test(path)), []);
});

Deno.test("swap() does not overwrite a file without key and certificate as a pair's only home", async () => {
  const home = "/d/web.pem";
  const parameters = "-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n";
  const files = new SimulatedFileSystem(
    plant({ ...newFiles(await makeCast()), [home]: parameters }),
  );
  const paths: PairPaths = { certificate: home, key: home, shape: "combined" };
  const before = visibleFiles(files.disk).get(home);
  await assert.rejects(
    swap(simulatedSystem(files), paths, { ...swapOptions, newPair: given }),
    hasCode("unrelated-file"),
  );
  assert.deepEqual(visibleFiles(files.disk).get(home), before);
});

/** What `--quiet-for` writes down after a run, and where. */
import assert from "node:assert/strict";
import { describe } from "../../../lib/cli/messages/mod.ts";
import { wasTold } from "../../../lib/device/rotation/mod.ts";
import { plant, visibleFiles } from "../../simulation/model/disk.ts";
import { day, ended, rotatedWorld } from "../../support/rotation_world.ts";

Deno.test("wasTold() does not follow a link that was put at the certificate's path meanwhile", async () => {
  const world = await rotatedWorld();
  world.issuer = () => ended(1);
  world.pass(80 * day);
  const { name, pair, attention, errors } = await world.rotate();
  assert.ok(attention !== undefined);
  world.files.unlink("/tls/cert.pem");
  world.files.disk = plant({
    "/outside/": {},
    "/outside/cert.pem": "a certificate of somebody else",
    "/tls/cert.pem": { link: "/outside/cert.pem" },
  }, world.files.disk);
  const outside = (): readonly unknown[] =>
    [...visibleFiles(world.files.disk)].filter(([path]) => path.startsWith("/outside/"));
  const before = outside();
  const textOf = (error: unknown): string => describe(error).message;
  const toTell = { name, pair, attention, errors, quietFor: day, lockTimeout: 0, textOf };
  assert.equal(await wasTold(world.system, toTell), false);
  assert.deepEqual(outside(), before);
  assert.deepEqual(world.state.told?.at, world.now);
  assert.equal(await wasTold(world.system, toTell), true);
});

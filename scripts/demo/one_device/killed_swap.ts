/**
 * A swap that kills itself. Arguments: the pair's directory, the path before whose rename it dies, the new
 * certificate, the new key.
 */
import { swap } from "../../../lib/device/mod.ts";
import { denoSystem } from "../../../lib/system/mod.ts";
import { killingFileSystem } from "../../../tests/support/killing_file_system.ts";

const [directory = "", target = "", certificate = "", key = ""] = Deno.args;
const files = killingFileSystem(denoSystem.files, {
  when: (operation, path) => operation === "rename" && path === target,
});
await swap({ ...denoSystem, files }, {
  certificate: `${directory}/cert.pem`,
  key: `${directory}/key.pem`,
}, {
  newPair: { certificate, key },
  lockTimeout: 1000,
  keepPrevious: false,
  allowIdentityChange: false,
  allowOlder: false,
});

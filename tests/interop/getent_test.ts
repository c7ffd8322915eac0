/** The users and groups that the real getent knows. */
import assert from "node:assert/strict";
import { findAccounts } from "../../lib/device/accounts/mod.ts";
import { denoFileSystem, denoProcesses, type FileSystem } from "../../lib/system/mod.ts";
import { plant } from "../simulation/model/disk.ts";
import { SimulatedFileSystem } from "../simulation/model/simulated_file_system.ts";
import { interopTest, tool } from "./tools.ts";

/** No local databases: every name is asked of getent. */
const empty: FileSystem = new SimulatedFileSystem(plant({}));

for (const [source, files] of [["getent", empty], ["the local files", denoFileSystem]] as const) {
  interopTest(`findAccounts() finds root and a group of this machine with ${source}`, {
    tools: ["getent"],
    run: async () => {
      const wanted = { users: ["root", "no-such-user"], groups: ["root", "tty", "no-such-group"] };
      const system = { files, processes: denoProcesses };
      const { users, groups } = await findAccounts(system, wanted);
      const tty = Number((await tool("getent", "group", "tty")).split(":")[2]);
      assert.deepEqual([...users.values()], [
        { name: "root", id: 0 },
        { name: "no-such-user", id: undefined },
      ]);
      assert.deepEqual([...groups.values()], [
        { name: "root", id: 0 },
        { name: "tty", id: tty },
        { name: "no-such-group", id: undefined },
      ]);
    },
  });
}

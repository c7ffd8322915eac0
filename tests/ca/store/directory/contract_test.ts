/** The store in a directory fulfills the contract of stores. */
import { createStore, openStore } from "../../../../lib/ca/store/open.ts";
import { join } from "../../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../../support/temporary_directory.ts";
import { testSystem } from "../../../support/test_world.ts";
import { contractRoot, testStoreContract } from "../contract.ts";

testStoreContract({
  name: "directory",
  withNewCa: (work) =>
    withTemporaryDirectory(async (root) => {
      const { clock, ...doors } = testSystem();
      // Really sleeps, so that the holder of the lock can continue.
      const sleep = (time: number): Promise<void> =>
        new Promise((resolve) => setTimeout(resolve, time));
      const system = { ...doors, clock: { ...clock, sleep } };
      const location = { dataDirectory: join(root, "ca-data") };
      const make = () => Promise.resolve(contractRoot);
      await createStore(system, { ...location, lockTimeout: 0, make });
      await work(() => openStore(system, location));
    }),
});

/** A new CA for the tests of the contract. */
import { createStore, openStore } from "../../../lib/ca/store/open.ts";
import type { StoreName } from "../../../lib/ca/store/store_name.ts";
import { join } from "../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { testSystem } from "../../support/test_world.ts";
import { contractRoot, type StoreKind } from "./contract.ts";

/** Makes a new CA with this kind of store in a data directory. */
export function newCaWith(store: StoreName): StoreKind["withNewCa"] {
  return (work) =>
    withTemporaryDirectory(async (root) => {
      const { clock, ...doors } = testSystem();
      // Really sleeps, so that the holder of the lock can continue.
      const sleep = (time: number): Promise<void> =>
        new Promise((resolve) => setTimeout(resolve, time));
      const system = { ...doors, clock: { ...clock, sleep } };
      const location = { dataDirectory: join(root, "ca-data") };
      const make = () => Promise.resolve(contractRoot);
      await createStore(system, { ...location, store, lockTimeout: 0, make });
      await work(() => openStore(system, location));
    });
}

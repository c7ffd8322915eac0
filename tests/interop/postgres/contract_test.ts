/** The store in PostgreSQL fulfills the contract of stores. */
import { createStore, openStore } from "../../../lib/ca/store/open.ts";
import { contractRoot, testStoreContract } from "../../ca/store/contract.ts";
import { makeDataDirectory, preparedDatabase, withMachine } from "./ca.ts";
import { type PostgresServer, postgresTests } from "./server.ts";

const tests: Record<string, (server: PostgresServer) => Promise<void>> = {};
let server: PostgresServer | undefined;

testStoreContract({
  name: "postgres",
  register: (name, run) => {
    tests[name] = async (started) => {
      server = started;
      await run();
    };
  },
  async withNewCa(work) {
    if (server === undefined) throw new Error("no server");
    const dataDirectory = makeDataDirectory(server, await preparedDatabase(server), {
      user: "repairs",
    });
    await withMachine(async (system) => {
      const make = () => Promise.resolve(contractRoot);
      await createStore(system, { dataDirectory, store: "postgres", lockTimeout: 0, make });
      await work(() => openStore(system, { dataDirectory }));
    });
  },
});

postgresTests("the contract of stores, in PostgreSQL", tests);

/** The store in SQLite fulfills the contract of stores. */
import { testStoreContract } from "../contract.ts";
import { newCaWith } from "../new_ca.ts";

testStoreContract({ name: "sqlite", withNewCa: newCaWith("sqlite") });

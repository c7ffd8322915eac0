/** The store in a directory fulfills the contract of stores. */
import { testStoreContract } from "../contract.ts";
import { newCaWith } from "../new_ca.ts";

testStoreContract({ name: "directory", withNewCa: newCaWith("directory") });

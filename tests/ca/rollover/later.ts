import { hour } from "../../../lib/system/mod.ts";
import { testTime } from "../../support/test_world.ts";

/** The options of a command that runs some hours later. */
export const later = (hours: number): { readonly now: Date } => ({
  now: new Date(testTime.getTime() + hours * hour),
});

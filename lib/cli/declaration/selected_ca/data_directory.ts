/** The flag that selects a CA. Apart from the others, which need the kinds of keys: every start loads it. */
import type { World } from "../../world.ts";
import { directory } from "../flags.ts";

/** The flag that selects the CA. */
export interface DataDirectoryFlags {
  readonly dataDir?: string;
}

/** The declaration of {@linkcode DataDirectoryFlags}. */
export const dataDirectoryFlag = {
  dataDir: directory("The data directory of the CA (else $CA_DATA_DIR or ./ca-data)"),
} as const;

/** The data directory: from the flag, the environment, or the default, in this order. */
export function dataDirectory(world: World, { dataDir }: DataDirectoryFlags): string {
  return dataDir ?? (world.environment("CA_DATA_DIR") || "./ca-data");
}

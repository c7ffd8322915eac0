/** What is installed: how certswap is started, and which files of the system it needs for that. */
import type { Configuration } from "../configuration/configuration.ts";

/** What the files are made from. */
export interface Installation {
  /** The executable, absolute. */
  readonly program: string;
  /** The configuration's first file, absolute. */
  readonly configurationPath: string;
  readonly configuration: Configuration;
  /** Every directory that a rotation writes to, absolute, as far as the configuration tells. */
  readonly writes: readonly string[];
}

/** A file to be installed. */
export interface InstallationFile {
  /** Without a directory. */
  readonly name: string;
  readonly text: string;
}

/** What every file begins with: it tells the files that may be written again from all others. */
export const marker = "# Written by 'certswap install'";

/** The first lines of a file. `advice` says how to change it so that it lasts. */
export function heading({ configurationPath }: Installation, advice: string): string {
  return `${marker} from ${configurationPath}.\n# It will be written again: ${advice}\n`;
}

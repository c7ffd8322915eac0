/** A kind of input, and what a command line of certswap says to it. */

/** One command on a device with something unusual about it. */
export interface Case {
  /** In a few words. */
  readonly what: string;
  /** Shell: makes the device unusual. Its directory is the current one; see `device.ts` for what is in it. */
  readonly given?: string;
  /** A line of shell that runs certswap. */
  readonly command: string;
}

/** A case, and what the command printed. */
export interface Said extends Case {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

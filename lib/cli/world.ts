import {
  denoEnvironment,
  denoStderr,
  denoStdout,
  denoSystem,
  type OutputStream,
  type System,
} from "../system/mod.ts";

/** All that a command can reach: the doors, two streams, and the environment. Tests bring their own. */
export interface World {
  readonly system: System;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  /** An environment variable, or `undefined`. */
  environment(name: string): string | undefined;
}

/** The world of a real process. */
export const denoWorld: World = {
  system: denoSystem,
  stdout: denoStdout,
  stderr: denoStderr,
  environment: denoEnvironment,
};

/** All that a command can reach from outside: the doors, its streams, the environment. */
import {
  denoEnvironment,
  denoPermissions,
  denoStderr,
  denoStdout,
  denoSystem,
  denoTerminal,
  type EnvironmentName,
  type InputStream,
  type KnownRoom,
  type OutputStream,
  type Permissions,
  type System,
  withKnownRoom,
} from "../system/mod.ts";
import type { Build } from "./version.ts";

/** All that a command can reach: the doors, its streams, and the environment. Tests bring their own. */
export interface World {
  readonly system: System;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly build: Build;
  /** What the process may still do. */
  readonly permissions: Permissions;
  /** An environment variable, or `undefined`. */
  environment(name: EnvironmentName): string | undefined;
}

/** When this certswap was built; `undefined` for sources. */
export function builtOf({ build: { date } }: World): Date | undefined {
  return date === undefined ? undefined : new Date(date);
}

/** What printing takes of the world. */
export type PrintedWorld = Pick<World, "stdout" | "stderr" | "environment">;

/** The world of a real process. */
export const denoWorld: World = {
  system: denoSystem,
  stdin: denoTerminal,
  stdout: denoStdout,
  stderr: denoStderr,
  build: { kind: "sources" },
  permissions: denoPermissions,
  environment: denoEnvironment,
};

/** The world of a process whose launcher has measured the room of a directory. */
export function denoWorldKnowing(room: KnownRoom): World {
  const volumes = withKnownRoom(denoSystem.volumes, room);
  return { ...denoWorld, system: { ...denoSystem, volumes } };
}

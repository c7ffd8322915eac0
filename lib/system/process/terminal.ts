/** The door to the person, or the program, that started this process: its streams and the environment. */
import { errnoOf } from "../errno.ts";
import { OutputLostError } from "../errors.ts";
import type { EnvironmentName } from "./environment.ts";

/** Where text goes. */
export interface OutputStream {
  /** Whether a person is watching: isatty(3). */
  readonly isTerminal: boolean;
  /** How wide the terminal is, in columns. `undefined`: unknown, or not a terminal. */
  readonly columns?: number | undefined;
  /**
   * Writes all of `text` as UTF-8. A reader that has gone away (EPIPE) is not an error.
   *
   * @throws OutputLostError for standard output only: a failing standard error cannot be reported anywhere.
   */
  write(text: string): void;
}

/** Standard output. */
export const denoStdout: OutputStream = outputStream(() => Deno.stdout, (cause) => {
  throw new OutputLostError(errnoOf(cause), { cause });
});

/** Standard error. */
export const denoStderr: OutputStream = outputStream(() => Deno.stderr, () => {});

/** Standard input, if a person types into it. Files and pipes are read through the door to files. */
export interface InputStream {
  /** Whether a person can type into it: isatty(3). */
  readonly isTerminal: boolean;
  /**
   * Switches to a mode without echo, in which every key arrives as it is typed and none has an effect, not
   * even Ctrl-C (cfmakeraw(3)), or back.
   */
  setRaw(isRaw: boolean): void;
  /** Waits for keys. @returns how many bytes were read; 0 if the terminal was closed. */
  read(buffer: Uint8Array): Promise<number>;
}

/** Standard input as a terminal. */
export const denoTerminal: InputStream = {
  get isTerminal() {
    return Deno.stdin.isTerminal();
  },
  setRaw: (isRaw) => Deno.stdin.setRaw(isRaw),
  read: async (buffer) => await Deno.stdin.read(buffer) ?? 0,
};

/** An environment variable; `undefined` if it is not set, or if certswap may not read it. */
export function denoEnvironment(name: EnvironmentName): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** See TIOCGWINSZ in ioctl_tty(2): a serial console says 0. */
function terminalColumns(): number | undefined {
  try {
    return Deno.consoleSize().columns || undefined;
  } catch {
    return undefined;
  }
}

function outputStream(
  stream: () => typeof Deno.stdout,
  onFailure: (error: unknown) => void,
): OutputStream {
  return {
    get isTerminal() {
      return stream().isTerminal();
    },
    get columns() {
      return stream().isTerminal() ? terminalColumns() : undefined;
    },
    write(text) {
      let rest = new TextEncoder().encode(text);
      try {
        while (rest.length > 0) rest = rest.subarray(stream().writeSync(rest));
      } catch (error) {
        if (!(error instanceof Deno.errors.BrokenPipe)) onFailure(error);
      }
    },
  };
}

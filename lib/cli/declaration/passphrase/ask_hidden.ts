/** Asks a person for a line at the terminal that is not shown. */
import { InterruptedError } from "../../../transaction/mod.ts";
import { visible } from "../../text.ts";
import type { World } from "../../world.ts";

/** The most bytes that are typed: more than any passphrase. */
const typedLimit = 4096;

const key = {
  interrupt: 0x03,
  endOfFile: 0x04,
  backspace: 0x08,
  lineFeed: 0x0a,
  enter: 0x0d,
  killLine: 0x15,
  delete: 0x7f,
} as const;

/**
 * Shows a prompt, and reads a line without echo. The terminal gets its mode back in any case: also before
 * certswap obeys Ctrl-C or a signal.
 *
 * @returns what was typed, as bytes, without the line end.
 * @throws InterruptedError
 */
export async function askHidden(world: World, prompt: string): Promise<Uint8Array<ArrayBuffer>> {
  const { stdin, stderr, system: { processes } } = world;
  let stop = (_: string): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = (signal) => reject(new InterruptedError(signal));
  });
  const stopListening = processes.onTermination((signal) => stop(signal));
  try {
    // First: what is typed before the prompt must not be shown either.
    stdin.setRaw(true);
    stderr.write(visible(prompt));
    return await Promise.race([readLine(world), stopped]);
  } finally {
    stdin.setRaw(false);
    stderr.write("\n");
    stopListening();
  }
}

async function readLine({ stdin }: World): Promise<Uint8Array<ArrayBuffer>> {
  const typed = new Uint8Array(typedLimit);
  let length = 0;
  // One byte at a time: what is typed after the line end belongs to the next question.
  const buffer = new Uint8Array(1);
  try {
    while (await stdin.read(buffer) > 0) {
      const [byte = 0] = buffer;
      switch (byte) {
        case key.interrupt:
          throw new InterruptedError("SIGINT");
        case key.endOfFile:
        case key.lineFeed:
        case key.enter:
          return typed.slice(0, length);
        case key.backspace:
        case key.delete:
          length = withoutLastCharacter(typed, length);
          break;
        case key.killLine:
          length = 0;
          break;
        default:
          // Other control characters are keys that have no meaning here.
          if (byte >= 0x20 && length < typedLimit) typed[length++] = byte;
      }
    }
    return typed.slice(0, length);
  } finally {
    typed.fill(0);
    buffer.fill(0);
  }
}

/** The length without the last character: in UTF-8, its bytes after the first start with the bits 10. */
function withoutLastCharacter(typed: Uint8Array, length: number): number {
  let end = Math.max(0, length - 1);
  while (end > 0 && ((typed[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}

/**
 * Prints more than a pipe holds, to a reader that may have gone away, and says on standard
 * error that it lives.
 */
import {
  denoEnvironment,
  denoStderr,
  denoStdout,
  OutputLostError,
} from "../../../lib/system/mod.ts";

if (import.meta.main) {
  await new Response(Deno.stdin.readable).bytes();
  try {
    denoStdout.write("z\u00fcrich\n".repeat(100_000));
    const { isTerminal, columns } = denoStdout;
    const kind = isTerminal || columns !== undefined ? "terminal" : "no terminal";
    denoStderr.write(`${kind}, NO_COLOR ${denoEnvironment("NO_COLOR")}`);
  } catch (error) {
    if (!(error instanceof OutputLostError)) throw error;
    denoStderr.write(`${error.code} ${error.errno}`);
    Deno.exit(3);
  }
}

/** The server of a CA, `certswap ca serve`, as a process of its own. */
import { fileURLToPath } from "node:url";
import { type DenoRun, denoRunArguments, runDeno } from "../../support/run_deno.ts";

const main = fileURLToPath(new URL("../../../main.ts", import.meta.url));
const decoder = new TextDecoder();

/** Runs certswap to its end. */
export async function certswap(...words: readonly string[]): Promise<DenoRun> {
  return await runDeno([main, ...words]);
}

/** Runs certswap to its end, with this as its standard input. */
export async function certswapGiven(stdin: string, ...words: readonly string[]): Promise<DenoRun> {
  return await runDeno([main, ...words], { stdin });
}

/** Runs certswap to its end, with this value of https_proxy. */
export async function certswapBehind(
  proxy: string | undefined,
  ...words: readonly string[]
): Promise<DenoRun> {
  return await runDeno([main, ...words], {
    // The runtime would look for its own new version through the proxy.
    env: { DENO_NO_UPDATE_CHECK: "1", no_proxy: "", https_proxy: proxy ?? "" },
  });
}

/** A port that the kernel chose. */
export function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** Runs a CA's server for the time of `work`. */
export async function withServer(data: string, work: () => Promise<void>): Promise<void> {
  const server = new Deno.Command(Deno.execPath(), {
    args: [...denoRunArguments, main, "ca", "serve", "--data-dir", data],
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [log, errors] = [readAll(server.stdout), readAll(server.stderr)];
  try {
    await errors.until((text) => text.includes('"server":"est"'), () => log.text());
    await work();
  } finally {
    server.kill("SIGTERM");
    await server.status;
    await Promise.all([log.done, errors.done]);
  }
}

/** Reads a stream to its end, and tells what has come so far. */
function readAll(stream: ReadableStream<Uint8Array>): {
  text(): string;
  readonly done: Promise<void>;
  until(isThere: (text: string) => boolean, otherwise: () => string): Promise<void>;
} {
  let text = "";
  let isEnded = false;
  let heard = Promise.withResolvers<void>();
  const done = (async () => {
    for await (const chunk of stream) {
      text += decoder.decode(chunk);
      heard.resolve();
      heard = Promise.withResolvers<void>();
    }
    isEnded = true;
    heard.resolve();
  })();
  return {
    text: () => text,
    done,
    async until(isThere, otherwise) {
      while (!isThere(text)) {
        if (isEnded) throw new Error(`the server has ended: ${text}${otherwise()}`);
        await heard.promise;
      }
    },
  };
}

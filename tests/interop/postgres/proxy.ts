/** A proxy between certswap and PostgreSQL that loses connections at a COMMIT. */

/** When a connection is lost: before the server reads the COMMIT, or after it has answered it. */
export type Loss = "before-commit" | "after-commit" | "never";

/** A running proxy, for connections without TLS. */
interface Proxy extends Disposable {
  readonly port: number;
  /** What happens at the next COMMIT; after that it is `never`. */
  loss: Loss;
  /** How many connections were lost so far. */
  readonly lost: number;
}

/** The text of the statement, as it is in a Parse message or a Query message. */
const commit = new TextEncoder().encode("COMMIT\0");

/** Starts a proxy to a port of this machine. */
export function losingProxy(target: number): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const proxy = {
    port: listener.addr.port,
    loss: "never" as Loss,
    lost: 0,
    [Symbol.dispose]() {
      listener.close();
      for (const connection of open) close(connection);
    },
  };
  const serve = async (client: Deno.TcpConn): Promise<void> => {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(client).add(server);
    let isCommitting = false;
    const lose = (): void => {
      proxy.lost++;
      proxy.loss = "never";
      close(client);
      close(server);
    };
    const copy = async (
      from: Deno.TcpConn,
      to: Deno.TcpConn,
      look: (bytes: Uint8Array) => boolean,
    ): Promise<void> => {
      const buffer = new Uint8Array(64 * 1024);
      try {
        for (;;) {
          const count = await from.read(buffer);
          if (count === null) break;
          const bytes = buffer.slice(0, count);
          if (!look(bytes)) return lose();
          for (let sent = 0; sent < count;) sent += await to.write(bytes.subarray(sent));
        }
      } catch {
        // The other side has ended it.
      }
      close(to);
      close(from);
    };
    await Promise.all([
      copy(client, server, (bytes) => {
        const has = new TextDecoder("latin1").decode(bytes)
          .includes(new TextDecoder("latin1").decode(commit));
        isCommitting ||= has;
        return !(has && proxy.loss === "before-commit");
      }),
      // The first answer after it is that of the COMMIT: statements in between wait for theirs.
      copy(server, client, () => !(isCommitting && proxy.loss === "after-commit")),
    ]);
    open.delete(client);
    open.delete(server);
  };
  (async () => {
    for await (const client of listener) serve(client).catch(() => close(client));
  })().catch(() => {});
  return proxy;
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // It was closed before.
  }
}

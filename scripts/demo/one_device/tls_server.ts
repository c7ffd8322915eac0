/** The demo's TLS server, running: it loads its pair at start, and when it is told to. */
import { Program } from "../programs.ts";

/** The demo's TLS server, running. */
export class Server {
  readonly port: number;
  readonly #program: Program;

  private constructor(program: Program, port: number) {
    this.#program = program;
    this.port = port;
  }

  /**
   * Starts the server and waits until it serves.
   *
   * @throws Error with the server's own message if it does not start.
   */
  static async start(certificate: string, key: string, port = 0): Promise<Server> {
    const words = [certificate, key, String(port)];
    const program = Program.start("scripts/demo/one_device/server.ts", words, "stdout");
    const line = await program.nextLine() ?? "cannot start: it said nothing";
    const served = /^serving (?<port>\d+)$/.exec(line)?.groups?.["port"];
    if (served === undefined) throw new Error(line);
    return new Server(program, Number(served));
  }

  /** Its process id, for sending signals. */
  get processId(): string {
    return this.#program.processId;
  }

  /** Makes it reload its pair, and waits until it has done so. */
  async reload(): Promise<void> {
    this.#program.send("SIGHUP");
    await this.#program.nextLine();
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    await this.#program.end();
  }
}

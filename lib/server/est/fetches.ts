/** Counts devices that have fetched the certificates of both CAs during a rollover. */
import {
  deviceIdOf,
  encodeFetched,
  fetchedPath,
  mostFetched,
  readFetched,
} from "../../ca/rollover/mod.ts";
import { isIssuedBy } from "../../ca/issue/mod.ts";
import type { RolloverRecord } from "../../ca/succession/mod.ts";
import { attemptAsync, CertswapError, type HttpHead, second } from "../../system/mod.ts";
import { replaceFile } from "../../transaction/mod.ts";
import { type Certificate, ifCertificate } from "../../x509/mod.ts";
import type { ServerContext, ServerTask } from "../context.ts";
import { issuerOf } from "../issuer.ts";

/** How often what was counted is written down, in milliseconds. */
const interval = 5 * second;

/** The most certificates that wait to be looked at: the rest is not counted. */
const waitingLimit = 1000;

/** The devices that have fetched. Only a statistic: nothing that fails here is reported to a client. */
export class Fetches {
  readonly #context: ServerContext;
  #waiting: Certificate[] = [];
  #rollover: Pick<RolloverRecord, "started" | "nextKey"> | undefined;
  #devices = new Set<string>();

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** A client has asked for the certificates. Returns immediately: its certificate is looked at later. */
  note({ certificates }: Pick<HttpHead, "certificates">): void {
    if (!this.#isRunning() || this.#waiting.length >= waitingLimit) return;
    const [first] = certificates;
    const certificate = first && ifCertificate(first);
    // For other versions, nothing shows that the client has the key: see `proofOf`.
    if (certificate?.version === 3) this.#waiting.push(certificate);
  }

  /** Looks at the certificates that wait, and writes the devices down if there are new ones. */
  async flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    const { system: { files }, directory, watch: { view } } = this.#context;
    const { rollover } = view;
    if (rollover === undefined || waiting.length === 0) return;
    const isSame = this.#rollover?.started === rollover.started &&
      this.#rollover.nextKey === rollover.nextKey;
    if (!isSame) {
      this.#devices = new Set(await readFetched(files, directory, rollover));
      this.#rollover = rollover;
    }
    const before = this.#devices.size;
    const roots = [view.hierarchy.root, issuerOf(this.#context).hierarchy.root];
    for (const certificate of waiting) {
      if (this.#devices.size >= mostFetched) break;
      for (const root of roots) {
        if (await attemptAsync(() => isIssuedBy(root, certificate)) !== true) continue;
        this.#devices.add(await deviceIdOf(certificate));
        break;
      }
    }
    if (this.#devices.size === before) return;
    const content = encodeFetched(rollover, this.#devices);
    replaceFile(files, fetchedPath(directory), { content, mode: 0o644 });
  }

  /** Writes down what was counted, from time to time and at the end. */
  readonly task: ServerTask = async (signal) => {
    const { system: { clock }, onEvent } = this.#context;
    let isReported = false;
    while (!signal.aborted) {
      await clock.sleep(interval, signal);
      try {
        await this.flush();
        isReported = false;
      } catch (error) {
        if (!(error instanceof CertswapError)) throw error;
        // Once, not every few seconds.
        if (!isReported) onEvent({ event: "warning", warning: error });
        isReported = true;
      }
    }
  };

  #isRunning(): boolean {
    const phase = this.#context.watch.view.rollover?.phase;
    return phase === "started" || phase === "switched";
  }
}

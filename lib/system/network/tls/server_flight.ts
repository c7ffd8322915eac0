/** Reads what a TLS server sends in plain text: its hello, its certificate, its alerts. */
import { alertName } from "./alerts.ts";

/** The most that a handshake message may take, in bytes: a chain of a hundred certificates fits. */
const messageLimit = 256 * 1024;

/** The most that is read from a server, in bytes. */
const flightLimit = 2 * messageLimit;

/** The most that a record in plain text holds, in bytes (RFC 5246 section 6.2.1). */
const recordLimit = 2 ** 14;

/** How much is kept of a server that does not speak TLS, in bytes. */
const beginningLimit = 1024;

/** ContentType (RFC 5246 section 6.2.1). */
const contentType = {
  changeCipherSpec: 20,
  alert: 21,
  handshake: 22,
  applicationData: 23,
} as const;

/** HandshakeType (RFC 5246 section 7.4). */
const messageType = {
  helloRequest: 0,
  serverHello: 2,
  certificate: 11,
  certificateRequest: 13,
  serverHelloDone: 14,
} as const;

/**
 * The state of the reader.
 *
 * - `open`: the server may have more to say.
 * - `done`: all plain text was read; the rest is encrypted, or the server waits for the client.
 * - `alert`: the server ended the handshake with an alert.
 * - `not-tls`: what it sends is not TLS.
 * - `malformed`: it begins as TLS, but is not well-formed or too large.
 */
type FlightEnd = "open" | "done" | "alert" | "not-tls" | "malformed";

/**
 * Reads a server's side of a handshake of TLS 1.2 and earlier, in pieces of any size. Of TLS 1.3 it
 * sees the ServerHello and that the rest is encrypted.
 *
 * Takes linear time, and memory for one message.
 */
export class ServerFlight {
  end: FlightEnd = "open";
  /** Whether the server answered in TLS: with a ServerHello or an alert. */
  hasAnswered = false;
  /** DER of the leaf, as it was received. */
  certificate: Uint8Array | undefined;
  /** Whether the server has asked for a certificate of its client. Not visible if that is encrypted. */
  asksForCertificate = false;
  /** Whether the server speaks TLS 1.3, of which only the hello is in plain text. */
  isEncrypted = false;
  /** The name of the alert that ended the handshake. */
  alert: string | undefined;
  #isHelloRead = false;
  #received = 0;
  readonly #beginning = new Part(beginningLimit);
  readonly #recordHeader = new Part(5);
  readonly #messageHeader = new Part(4);
  readonly #alert = new Part(2);
  #message: Part | undefined;
  /** Of the record that is being read. */
  #type = 0;
  #left = 0;

  /** The first bytes of the server: at most 1024. */
  get beginning(): Uint8Array {
    return this.#beginning.bytes;
  }

  /** Reads more bytes. Anything after the end is ignored. */
  push(chunk: Uint8Array): void {
    this.#beginning.take(chunk);
    this.#received += chunk.length;
    for (let rest = chunk; rest.length > 0 && this.end === "open";) rest = this.#step(rest);
    if (this.end === "open" && this.#received > flightLimit) this.end = "malformed";
  }

  /** Reads a header, or a piece of a record. @returns what is left of the bytes. */
  #step(bytes: Uint8Array): Uint8Array {
    if (this.#left === 0) {
      const rest = this.#recordHeader.take(bytes);
      this.#readRecordHeader();
      return rest;
    }
    const fragment = bytes.subarray(0, this.#left);
    this.#left -= fragment.length;
    if (this.#type === contentType.alert) this.#readAlert(fragment);
    else this.#readHandshake(fragment);
    return bytes.subarray(fragment.length);
  }

  #readRecordHeader(): void {
    const header = this.#recordHeader;
    const [type = 0, major, , high = 0, low = 0] = header.bytes;
    // Text is recognised by its first bytes: it may be shorter than a header.
    const isTls = Object.values<number>(contentType).includes(type) && (major ?? 3) === 3;
    if (!isTls) return this.#stop(this.hasAnswered ? "malformed" : "not-tls");
    if (!header.isFull) return;
    header.clear();
    const length = high * 256 + low;
    const isPlain = type === contentType.handshake || type === contentType.alert;
    if (!isPlain) return this.#stop(this.#isHelloRead ? "done" : "malformed");
    // RFC 5246 section 6.2.1 forbids empty ones, and RFC 8446 section 5.1 alerts in pieces.
    if (length === 0 || length > recordLimit) return this.#stop("malformed");
    [this.#type, this.#left] = [type, length];
  }

  #readAlert(fragment: Uint8Array): void {
    for (let rest = fragment; rest.length > 0 && this.end === "open";) {
      rest = this.#alert.take(rest);
      if (!this.#alert.isFull) return;
      const [level = 0, description = 0] = this.#alert.bytes;
      this.#alert.clear();
      this.hasAnswered = true;
      // A warning, such as that the server does not know the name, is followed by the handshake.
      if (level === 1 && description !== 0) continue;
      this.alert = alertName(description);
      this.#stop("alert");
    }
  }

  #readHandshake(fragment: Uint8Array): void {
    for (let rest = fragment; rest.length > 0 && this.end === "open";) {
      if (this.#message === undefined) {
        rest = this.#messageHeader.take(rest);
        if (!this.#messageHeader.isFull) return;
        const [, high = 0, middle = 0, low = 0] = this.#messageHeader.bytes;
        const length = (high * 256 + middle) * 256 + low;
        if (length > messageLimit) return this.#stop("malformed");
        this.#message = new Part(length);
      }
      rest = this.#message.take(rest);
      if (!this.#message.isFull) return;
      const [type = 0] = this.#messageHeader.bytes;
      const { bytes } = this.#message;
      this.#message = undefined;
      this.#messageHeader.clear();
      this.#readMessage(type, bytes);
    }
  }

  #readMessage(type: number, body: Uint8Array): void {
    if (type === messageType.helloRequest) return;
    if (!this.#isHelloRead) {
      const version = type === messageType.serverHello ? versionOf(body) : undefined;
      if (version === undefined) return this.#stop("malformed");
      this.#isHelloRead = this.hasAnswered = true;
      // The rest of TLS 1.3 is encrypted (RFC 8446 section 4.3).
      this.isEncrypted = version >= 0x0304;
      return this.isEncrypted ? this.#stop("done") : undefined;
    }
    switch (type) {
      case messageType.certificate:
        if (this.certificate !== undefined) return this.#stop("malformed");
        this.certificate = leafOf(body);
        return this.certificate === undefined ? this.#stop("malformed") : undefined;
      case messageType.certificateRequest:
        this.asksForCertificate = true;
        return;
      case messageType.serverHelloDone:
        return this.#stop("done");
    }
  }

  #stop(end: FlightEnd): undefined {
    this.end = end;
  }
}

/** Bytes of a known length that arrive in pieces. */
class Part {
  readonly #buffer: Uint8Array;
  #length = 0;

  constructor(length: number) {
    this.#buffer = new Uint8Array(length);
  }

  get isFull(): boolean {
    return this.#length === this.#buffer.length;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Takes the missing bytes. @returns the rest of `bytes`. */
  take(bytes: Uint8Array): Uint8Array {
    const taken = bytes.subarray(0, this.#buffer.length - this.#length);
    this.#buffer.set(taken, this.#length);
    this.#length += taken.length;
    return bytes.subarray(taken.length);
  }

  clear(): void {
    this.#length = 0;
  }
}

/** The version that a ServerHello chooses; `undefined` for one that is not well-formed. */
function versionOf(body: Uint8Array): number | undefined {
  // RFC 5246 section 7.4.1.3: version, random, session, cipher suite, compression, and extensions or nothing.
  const session = body[34] ?? 0xff;
  const extensions = 35 + session + 3;
  if (session > 32 || body.length < extensions || body[0] !== 3) return undefined;
  const version = uint16(body, 0);
  if (body.length === extensions) return version;
  if (body.length !== extensions + 2 + uint16(body, extensions)) return undefined;
  let chosen = version;
  for (let at = extensions + 2; at < body.length;) {
    const end = at + 4 + uint16(body, at + 2);
    if (at + 4 > body.length || end > body.length) return undefined;
    // supported_versions (RFC 8446 section 4.2.1).
    if (uint16(body, at) === 43 && end === at + 6) chosen = uint16(body, at + 4);
    at = end;
  }
  return chosen;
}

/** The first certificate of the list (RFC 5246 section 7.4.2); `undefined` if it is not well-formed. */
function leafOf(body: Uint8Array): Uint8Array | undefined {
  if (body.length < 3 || uint24(body, 0) !== body.length - 3) return undefined;
  for (let at = 3; at < body.length;) {
    if (at + 3 > body.length) return undefined;
    const length = uint24(body, at);
    at += 3 + length;
    if (length === 0 || at > body.length) return undefined;
  }
  return body.length === 3 ? undefined : body.slice(6, 6 + uint24(body, 3));
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function uint24(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 65536 + uint16(bytes, at + 1);
}

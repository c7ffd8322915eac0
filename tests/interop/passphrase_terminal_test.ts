/** Passphrases typed at a real terminal, which script(1) provides. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { withTemporaryDirectory } from "../support/temporary_directory.ts";
import { interopTest } from "./tools.ts";

const project = fileURLToPath(new URL("../../", import.meta.url));

const certswap = `'${Deno.execPath()}' run --quiet --cached-only --no-check ` +
  `--config '${project}deno.json' -P=certswap '${project}main.ts'`;

/** A program on a terminal of its own, and a person who types. */
class Typist {
  readonly #process: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  /** Everything that was shown. */
  shown = "";

  constructor(command: string, directory: string) {
    this.#process = new Deno.Command("script", {
      args: ["-q", "-c", command, `${directory}/typescript`],
      cwd: directory,
      env: { NO_COLOR: "1", SHELL: "/bin/sh" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#reader = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#writer = this.#process.stdin.getWriter();
  }

  /** Waits until the text is shown after what was typed last. */
  async waitFor(text: string): Promise<void> {
    const from = this.#seen;
    while (!this.shown.slice(from).includes(text)) {
      const { value, done } = await this.#reader.read();
      assert.ok(!done, `ended without '${text}': ${this.shown}`);
      this.shown += value;
    }
    this.#seen = this.shown.length;
  }

  #seen = 0;

  async type(keys: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(keys));
  }

  /** Waits for the end. @returns everything that was shown. */
  async end(): Promise<string> {
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      this.shown += value;
    }
    await this.#writer.close().catch(() => {});
    await this.#process.status;
    return this.shown.replaceAll("\r", "");
  }
}

const init = `${certswap} ca init --subject CN=Root --encrypt-key --data-dir ca`;

/** The exit code, and whether the terminal echoes again. */
const afterwards = `; echo "exit $?"; stty -a`;

const tools = ["script", "stty", "openssl"];

interopTest("a new passphrase is asked for twice, is not shown, and opens the key in OpenSSL", {
  tools,
  run: () =>
    withTemporaryDirectory(async (directory) => {
      const typist = new Typist(init + afterwards, directory);
      await typist.waitFor("New passphrase for ca/ca.key: ");
      await typist.type("wrong\x15corrext\x7f\x7fct h\u00e4\x7forse\r");
      await typist.waitFor("The same passphrase again: ");
      await typist.type("correct horse\r");
      const shown = await typist.end();
      assert.match(shown, /exit 0\n/);
      assert.match(shown, /[^-]echo\b/);
      assert.ok(!/horse|corre|wrong/.test(shown), shown);
      const { code } = await new Deno.Command("openssl", {
        args: ["pkey", "-in", "ca/ca.key", "-noout", "-passin", "pass:correct horse"],
        cwd: directory,
      }).output();
      assert.equal(code, 0);
    }),
});

interopTest("two different passphrases are refused, and no CA is created", {
  tools,
  run: () =>
    withTemporaryDirectory(async (directory) => {
      const typist = new Typist(init + afterwards, directory);
      await typist.waitFor("New passphrase for ca/ca.key: ");
      await typist.type("one\r");
      await typist.waitFor("again: ");
      await typist.type("two\r");
      const shown = await typist.end();
      assert.match(shown, /Error: the two passphrases are different\n/);
      assert.match(shown, /exit 1\n/);
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["typescript"]);
    }),
});

interopTest("Ctrl-C at the prompt stops the command, and the terminal echoes again", {
  tools,
  run: () =>
    withTemporaryDirectory(async (directory) => {
      const typist = new Typist(init + afterwards, directory);
      await typist.waitFor("New passphrase for ca/ca.key: ");
      await typist.type("half of\x03");
      const shown = await typist.end();
      assert.match(shown, /Error: stopped by SIGINT; nothing was changed\n/);
      assert.match(shown, /exit 1\n/);
      assert.match(shown, /[^-]echo\b/);
      assert.ok(!shown.includes("half"));
      assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["typescript"]);
    }),
});

interopTest("SIGTERM at the prompt stops the command, and the terminal echoes again", {
  tools,
  run: () =>
    withTemporaryDirectory(async (directory) => {
      const command = `sh -c 'echo $$ > pid; exec ${init.replaceAll("'", "")}'${afterwards}`;
      const typist = new Typist(command, directory);
      await typist.waitFor("New passphrase for ca/ca.key: ");
      Deno.kill(Number(Deno.readTextFileSync(`${directory}/pid`)), "SIGTERM");
      const shown = await typist.end();
      assert.match(shown, /Error: stopped by SIGTERM; nothing was changed\n/);
      assert.match(shown, /exit 1\n/);
      assert.match(shown, /[^-]echo\b/);
    }),
});

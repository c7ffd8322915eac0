/** What is said of a directory, or of something else, where certswap expects a file. */
import assert from "node:assert/strict";
import { join } from "../../../lib/system/mod.ts";
import { withTemporaryDirectory } from "../../support/temporary_directory.ts";
import { runCli } from "../../support/test_world.ts";

interface Mistake {
  readonly name: string;
  /** What is typed. `ROOT` has a directory `d`, a pair's directory `tls`, a file `f`, and a CA `ca`. */
  readonly words: readonly string[];
  readonly hint: RegExp;
}

const mistakes: readonly Mistake[] = [
  {
    name: "--cert",
    words: ["status", "--cert", "ROOT/d", "--key", "ROOT/tls/key.pem"],
    hint: /--dir takes a directory that contains the files cert\.pem and key\.pem/,
  },
  {
    name: "--key",
    words: ["status", "--cert", "ROOT/tls/cert.pem", "--key", "ROOT/d/"],
    hint: /--dir takes a directory that contains the files cert\.pem and key\.pem/,
  },
  {
    name: "--combined",
    words: ["status", "--dir", "ROOT/tls", "--combined", "ROOT/d"],
    hint: /Hint: Give the path of a file in it\.\n/,
  },
  {
    name: "--config",
    words: ["config", "check", "--config", "ROOT/d"],
    hint: /Give the path of the file, such as certswap\.toml/,
  },
  {
    name: "a drop-in",
    words: ["config", "check", "--config", "ROOT/certswap.toml"],
    hint: /Rename or remove it/,
  },
  {
    name: "a request",
    words: ["ca", "sign", "--data-dir", "ROOT/ca", "ROOT/d"],
    hint: /To sign every \*\.csr in a directory, use --from DIR/,
  },
  {
    name: "a certificate to verify",
    words: ["ca", "verify", "--data-dir", "ROOT/ca", "ROOT/d"],
    hint: /Hint: Give the path of a file in it\.\n/,
  },
  {
    name: "--trust",
    words: [
      ...["swap", "--new-cert", "ROOT/f", "--new-key", "ROOT/f", "--dir", "ROOT/tls"],
      ...["--trust", "ROOT/d"],
    ],
    hint: /Give one PEM file that contains all trust anchors/,
  },
  {
    name: "the certificate of a configured pair",
    words: ["config", "check", "--config", "ROOT/pair.toml"],
    hint: /pair\.web\.certificate: .*For a directory .*, set dir\./,
  },
  {
    name: "the trust of a configured pair",
    words: ["config", "check", "--config", "ROOT/pair.toml"],
    hint: /pair\.web\.trust: .*Give one PEM file/,
  },
  {
    name: "a part of another path",
    words: ["config", "check", "--config", "ROOT/f/certswap.toml"],
    hint: /Check the path/,
  },
];

for (const { name, words, hint } of mistakes) {
  Deno.test(`a directory or file given instead as ${name} gets the hint that fits`, async () => {
    await withTemporaryDirectory(async (root) => {
      const inRoot = (text: string): string => text.replaceAll("ROOT", root);
      for (const directory of ["d", "tls", "certswap.d", "certswap.d/x.toml"]) {
        Deno.mkdirSync(join(root, directory));
      }
      Deno.writeTextFileSync(join(root, "f"), "");
      Deno.writeTextFileSync(join(root, "certswap.toml"), "");
      Deno.writeTextFileSync(
        join(root, "pair.toml"),
        inRoot('[pair.web]\ncertificate = "ROOT/d"\nkey = "ROOT/tls/key.pem"\ntrust = "ROOT/d"\n'),
      );
      if (words[0] === "ca") {
        await runCli(["ca", "init", "--subject", "CN=A", "--data-dir", join(root, "ca")]);
      }
      const { exit, stderr } = await runCli(words.map(inRoot));
      assert.notEqual(exit, 0);
      assert.match(stderr, hint);
      if (!hint.source.includes("--dir")) assert.doesNotMatch(stderr, /--dir takes/);
    });
  });
}

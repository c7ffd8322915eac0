/** CAs of `openssl ca`, easy-rsa, cfssl and certtool move over with all they have issued and revoked. */
import assert from "node:assert/strict";
import { join } from "../../lib/system/mod.ts";
import { readTree, withTemporaryDirectory } from "../support/temporary_directory.ts";
import { runCli, testSystem } from "../support/test_world.ts";
import { interopTest, tool } from "./tools.ts";

/** Words for `ca import` that name a CA, and what it has. */
interface Made {
  readonly words: readonly string[];
  /** Common names. */
  readonly active: readonly string[];
  readonly revoked: readonly string[];
}

/** Runs a shell script in a directory; it stops at the first error. */
async function shell(directory: string, script: string): Promise<void> {
  await tool("sh", "-c", `cd "$1" || exit 1\nexec 2>&1\nset -e\n${script}`, "sh", directory);
}

/** Imports a CA, and checks that it is complete, sound, and goes on. */
async function requireMoved(root: string, { words, active, revoked }: Made): Promise<void> {
  const dataDirectory = join(root, "new");
  const system = testSystem();
  const run = async (...more: readonly string[]): Promise<string> => {
    const { exit, stdout, stderr } = await runCli(["ca", ...more, "--data-dir", dataDirectory], {
      // The other programs use the real clock.
      system: { ...system, clock: { ...system.clock, now: () => new Date() } },
    });
    assert.equal(exit, 0, `${more.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
  const at = words.indexOf("--passphrase-file");
  const unlock = at < 0 ? [] : words.slice(at, at + 2);
  const before = readTree(join(root, "old"));
  await run("import", ...words, "--dry-run");
  await run("import", ...words);
  assert.deepEqual(readTree(join(root, "old")), before, "the source was changed");
  const { certificates } = JSON.parse(await run("list", "--json"));
  const names = (status: string): string[] =>
    certificates.filter((one: { status: string }) => one.status === status)
      .map((one: { subject: string }) => /CN=([^,]*)/.exec(one.subject)?.[1]).sort();
  assert.deepEqual(names("active"), [...active].sort());
  assert.deepEqual(names("revoked"), [...revoked].sort());
  assert.match(await run("check", ...unlock), /^CA check: OK/);
  await run("crl", ...unlock);
  assert.match(await run("check", ...unlock), /^CA check: OK\n$/);
  // It signs again, and openssl agrees about the old certificates.
  const csr = join(root, "later.csr");
  await shell(
    root,
    "openssl req -newkey rsa:2048 -nodes -keyout later.key -out later.csr -subj /CN=later",
  );
  assert.match(await run("sign", csr, ...unlock), /^Certificate issued successfully\./);
  for (const { serial, status } of certificates) {
    const verified = await new Deno.Command("openssl", {
      args: [
        "verify",
        "-crl_check",
        "-CAfile",
        join(dataDirectory, "ca.crt"),
        "-CRLfile",
        join(dataDirectory, "ca.crl"),
        join(dataDirectory, `certs/${serial}.pem`),
      ],
      stdout: "piped",
      stderr: "piped",
    }).output();
    const text = new TextDecoder().decode(verified.stderr);
    assert.equal(verified.code === 0, status === "active", `${serial} is ${status}: ${text}`);
    if (status === "revoked") assert.match(text, /certificate revoked/);
  }
}

function moveTest(
  name: string,
  { tools, script, made }: {
    readonly tools: readonly string[];
    readonly script: string;
    readonly made: (old: string) => Made;
  },
): void {
  interopTest(`${name} moves over in one command, with nothing lost`, {
    tools: ["openssl", ...tools],
    run: () =>
      withTemporaryDirectory(async (root) => {
        const old = join(root, "old");
        Deno.mkdirSync(old);
        await shell(old, script);
        await requireMoved(root, made(old));
      }),
  });
}

const opensslConfiguration = `cat > openssl.cnf <<'END'
[ca]
default_ca = default
[default]
dir = .
certificate = $dir/cacert.pem
private_key = $dir/private/cakey.pem
database = $dir/index.txt
new_certs_dir = $dir/newcerts
serial = $dir/serial
crlnumber = $dir/crlnumber
default_md = sha256
default_days = 365
default_crl_days = 30
policy = policy
[policy]
commonName = supplied
END
mkdir private newcerts
touch index.txt
echo 01 > crlnumber
`;

const opensslLeaves = `for name in a b c; do
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key -subj /CN=$name \\
    -out $name.csr
  openssl ca -config openssl.cnf -batch -in $name.csr -out $name.pem -create_serial
done
openssl ca -config openssl.cnf -revoke b.pem -crl_reason keyCompromise
openssl ca -config openssl.cnf -gencrl -out crl.pem
openssl ca -config openssl.cnf -revoke c.pem
`;

for (
  const [name, newkey] of [
    ["RSA 2048", "rsa:2048"],
    ["P-384", "ec -pkeyopt ec_paramgen_curve:P-384"],
    ["RSA 4096", "rsa:4096"],
  ]
) {
  moveTest(`a CA of openssl ca with ${name}`, {
    tools: [],
    script: `${opensslConfiguration}
openssl req -x509 -newkey ${newkey} -nodes -keyout private/cakey.pem -out cacert.pem -days 3650 -subj /CN=Root
${opensslLeaves}`,
    made: (old) => ({ words: ["--openssl", old], active: ["a"], revoked: ["b", "c"] }),
  });
}

moveTest("a CA of openssl ca with a key in the traditional encrypted form", {
  tools: [],
  script: `${opensslConfiguration}
printf 'secret\\n' > ../passphrase && chmod 600 ../passphrase
openssl req -x509 -newkey rsa:2048 -nodes -keyout plain.key -out cacert.pem -days 3650 -subj /CN=Root
openssl rsa -in plain.key -traditional -aes256 -passout file:../passphrase -out private/cakey.pem
rm plain.key
grep -q '^Proc-Type: 4,ENCRYPTED' private/cakey.pem
${
    opensslLeaves.replaceAll(
      "openssl ca ",
      "openssl ca -passin file:../passphrase ",
    )
  }`,
  made: (old) => ({
    words: ["--openssl", old, "--passphrase-file", join(old, "../passphrase")],
    active: ["a"],
    revoked: ["b", "c"],
  }),
});

const easyRsa = (settings: string, nopass: string, forCa = ""): string =>
  `export EASYRSA_BATCH=1 ${settings}
easyrsa=/usr/share/easy-rsa/easyrsa
$easyrsa init-pki
EASYRSA_REQ_CN=Fleet ${forCa} $easyrsa build-ca ${nopass}
for name in a b c d; do $easyrsa build-client-full $name nopass; done
$easyrsa revoke b keyCompromise
$easyrsa gen-crl
$easyrsa revoke c
`;

moveTest("an easy-rsa CA with elliptic curves", {
  tools: ["/usr/share/easy-rsa/easyrsa"],
  script: easyRsa("EASYRSA_ALGO=ec", "nopass"),
  made: (old) => ({
    words: ["--easy-rsa", join(old, "pki")],
    active: ["a", "d"],
    revoked: ["b", "c"],
  }),
});

moveTest("an easy-rsa CA with RSA 4096", {
  tools: ["/usr/share/easy-rsa/easyrsa"],
  script: easyRsa("EASYRSA_ALGO=rsa EASYRSA_KEY_SIZE=2048", "nopass", "EASYRSA_KEY_SIZE=4096"),
  made: (old) => ({ words: ["--easy-rsa", old], active: ["a", "d"], revoked: ["b", "c"] }),
});

moveTest("an easy-rsa CA with a passphrase", {
  tools: ["/usr/share/easy-rsa/easyrsa"],
  script: `printf 'secret\\nsecret\\n' > ../passphrase && chmod 600 ../passphrase
${
    easyRsa(
      "EASYRSA_ALGO=ec EASYRSA_PASSIN=file:$PWD/../passphrase EASYRSA_PASSOUT=file:$PWD/../passphrase",
      "",
    )
  }`,
  made: (old) => ({
    words: ["--easy-rsa", old, "--passphrase-file", join(old, "../passphrase")],
    active: ["a", "d"],
    revoked: ["b", "c"],
  }),
});

moveTest("a CA of cfssl", {
  tools: ["cfssl", "cfssljson"],
  script: `cat > ca.json <<'END'
{"CN": "cfssl root", "key": {"algo": "ecdsa", "size": 256}, "ca": {"expiry": "87600h"}}
END
cfssl gencert -initca ca.json | cfssljson -bare ca
mkdir issued
for name in a b; do
  cat > $name.json <<END
{"CN": "$name", "hosts": ["$name.example"], "key": {"algo": "ecdsa", "size": 256}}
END
  cfssl gencert -ca ca.pem -ca-key ca-key.pem $name.json | cfssljson -bare issued/$name
done
openssl x509 -in issued/b.pem -noout -serial | sed s/serial=// > hex
cfssl gencrl /dev/stdin ca.pem ca-key.pem <<END > crl.b64
$(python3 -c "print(int(open('hex').read(), 16))")
END
base64 -d crl.b64 > crl.der
rm hex crl.b64
`,
  made: (old) => ({
    words: [
      "--key",
      join(old, "ca-key.pem"),
      "--cert",
      join(old, "ca.pem"),
      "--certs",
      join(old, "issued"),
      "--crl",
      join(old, "crl.der"),
    ],
    active: ["a"],
    revoked: ["b"],
  }),
});

moveTest("a CA of certtool", {
  tools: ["certtool"],
  script: `mkdir issued
certtool --generate-privkey --ecc --curve secp256r1 --outfile ca-key.pem
printf '%s\\n' 'cn = "certtool root"' ca cert_signing_key crl_signing_key 'expiration_days = 3650' \\
  'serial = 1' > ca.cfg
certtool --generate-self-signed --load-privkey ca-key.pem --template ca.cfg --outfile ca.pem
serial=10
for name in a b; do
  certtool --generate-privkey --ecc --curve secp256r1 --outfile $name-key.pem
  printf '%s\\n' "cn = $name" tls_www_client signing_key 'expiration_days = 365' "serial = $serial" \\
    > $name.cfg
  certtool --generate-certificate --load-privkey $name-key.pem --load-ca-certificate ca.pem \\
    --load-ca-privkey ca-key.pem --template $name.cfg --outfile issued/$name.pem
  serial=$((serial + 1))
done
printf 'crl_next_update = 30\\ncrl_number = 5\\n' > crl.cfg
certtool --generate-crl --load-ca-privkey ca-key.pem --load-ca-certificate ca.pem \\
  --load-certificate issued/b.pem --template crl.cfg --outfile crl.pem
`,
  made: (old) => ({
    words: [
      "--key",
      join(old, "ca-key.pem"),
      "--cert",
      join(old, "ca.pem"),
      "--certs",
      join(old, "issued"),
      "--crl",
      join(old, "crl.pem"),
    ],
    active: ["a"],
    revoked: ["b"],
  }),
});

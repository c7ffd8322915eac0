/** Many processes use one CA in PostgreSQL, from two machines. */
import assert from "node:assert/strict";
import { makeDataDirectory, preparedDatabase } from "./ca.ts";
import { certswap, ended, makeRequest, startCertswap } from "./processes.ts";
import { postgresTests } from "./server.ts";

/** How many sign at the same time. Each costs more than a second of a processor. */
const count = Number(Deno.env.get("CERTSWAP_TEST_PROCESSES") ?? "20");

postgresTests("many processes on PostgreSQL", {
  [`${count} processes that sign at a time, on two machines: no number twice, none lost`]: async (
    server,
  ) => {
    const database = await preparedDatabase(server);
    // Nothing may run out of time because the machine is slow.
    const settings = {
      before: 'serial = "sequential"',
      more: 'connect_timeout = "300s"\nstatement_timeout = "300s"',
    };
    const dataDirectory = makeDataDirectory(server, database, settings);
    const done = async (directory: string, ...words: readonly string[]): Promise<string> => {
      const { exit, stdout, stderr } = await certswap(["ca", ...words], directory);
      assert.equal(exit, 0, `${words.join(" ")}: ${stderr}`);
      return stdout;
    };
    await done(dataDirectory, "init", "--subject", "CN=Root", "--store", "postgres");
    const other = makeDataDirectory(server, database, settings);
    for (const name of ["ca.key", "ca.crt", "store.json"]) {
      Deno.copyFileSync(`${dataDirectory}/${name}`, `${other}/${name}`);
    }
    const request = await makeRequest(server.root, "many.csr");
    const sign = ["ca", "sign", request, "--lock-timeout", "300s", "--json"];
    const running = Array.from(
      { length: count },
      (_, index) => startCertswap(sign, index % 2 === 0 ? dataDirectory : other),
    );
    const runs = await Promise.all(running.map(ended));
    for (const { exit, stderr } of runs) assert.equal(exit, 0, stderr);
    const serials = runs.map(({ stdout }) => JSON.parse(stdout).issued[0].serial);
    const expected = Array.from(
      { length: count },
      (_, index) => (index + 2).toString(16).padStart(2, "0"),
    );
    assert.deepEqual(serials.toSorted(), expected.toSorted());
    for (const directory of [dataDirectory, other]) {
      const { certificates } = JSON.parse(await done(directory, "list", "--json"));
      assert.deepEqual(certificates.map(({ serial }: { serial: string }) => serial), expected);
    }
    // A CRL that one machine makes is that of the other, too.
    await done(dataDirectory, "crl");
    await done(other, "sign", request);
    const crl = (directory: string): string => Deno.readTextFileSync(`${directory}/ca.crl`);
    assert.equal(crl(other), crl(dataDirectory));
    assert.match(await done(other, "crl"), /CRL Number: +2/);
    assert.match(await done(other, "check"), /OK/);
  },
});

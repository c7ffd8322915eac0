/** Requests to measure signatures with. */
import { join } from "../../lib/system/mod.ts";
import { writePem } from "../../lib/x509/encoding/pem.ts";
import { craftRequest } from "../../tests/support/requests.ts";

/**
 * Writes requests with a name each, all for one key: making a key each would take longer than the benchmark.
 *
 * @param directory is created.
 * @returns their paths.
 */
export async function writeRequests(directory: string, count: number): Promise<string[]> {
  await Deno.mkdir(directory);
  return await Promise.all(Array.from({ length: count }, async (_, index) => {
    const name = `device-${index}.example`;
    const path = join(directory, `${name}.csr`);
    const der = await craftRequest({ subject: `CN=${name},O=Example,C=DE`, names: `DNS:${name}` });
    await Deno.writeTextFile(path, writePem("CERTIFICATE REQUEST", der));
    return path;
  }));
}

/** Gives each value once, in their order. */
export function oneByOne<T>(values: readonly T[]): () => T {
  const left = values.values();
  return () => {
    const { value, done } = left.next();
    if (done === true) throw new Error(`more than ${values.length} were wanted`);
    return value;
  };
}

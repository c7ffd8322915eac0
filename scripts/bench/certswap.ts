/** certswap as its users start it: the executable if it has been built, otherwise the sources. */
export async function certswapCommand(): Promise<
  { program: string; args: string[]; name: string }
> {
  const built = new URL("../../dist/certswap", import.meta.url).pathname;
  try {
    await Deno.stat(built);
    return { program: built, args: [], name: "certswap" };
  } catch {
    const main = new URL("../../main.ts", import.meta.url).pathname;
    const args = ["run", "--quiet", "--no-check", "--allow-all", main];
    return { program: Deno.execPath(), args, name: "certswap (from its sources)" };
  }
}

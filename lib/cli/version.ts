/** What `certswap --version` prints. */
export async function certswapVersion(): Promise<string> {
  const { default: project } = await import("../../deno.json", { with: { type: "json" } });
  return `certswap ${project.version}`;
}

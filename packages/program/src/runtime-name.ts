/**
 * What runs the program, for its version text: `node v24.21.0`, or `bun 1.4.5` for the tools as one executable.
 *
 * @param versions those of the process
 */
export function runtimeName(versions: { readonly node: string; readonly bun?: string }): string {
  return versions.bun === undefined ? `node v${versions.node}` : `bun ${versions.bun}`;
}

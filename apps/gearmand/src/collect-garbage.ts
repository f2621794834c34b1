type Collect = (options: { type: "major"; execution: "sync" }) => void;

let collect: Collect | undefined;

/**
 * Returns the memory of unused buffers to the system, which V8 does on its own only while it allocates. Takes some 50 ms for
 * each 100,000 jobs in memory. The flag applies to contexts that are created while it is set; the modules are loaded with the
 * first use. Source: Node.js documentation, `--expose-gc`.
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    const { setFlagsFromString } = process.getBuiltinModule("node:v8");
    setFlagsFromString("--expose-gc");
    collect = process.getBuiltinModule("node:vm").runInNewContext("gc") as Collect;
    setFlagsFromString("--no-expose-gc");
  }
  collect({ type: "major", execution: "sync" });
}

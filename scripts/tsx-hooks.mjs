// Lets Node.js run .tsx files from source; it strips types by itself, but not JSX.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith(".tsx")) return nextLoad(url, context);
    const options = { loader: "tsx", format: "esm", jsx: "automatic", target: "node22", sourcemap: "inline" };
    const { code } = transformSync(readFileSync(new URL(url), "utf8"), {
      ...options,
      sourcefile: fileURLToPath(url),
    });
    return { format: "module", source: code, shortCircuit: true };
  },
});

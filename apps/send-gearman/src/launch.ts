/*
 * What `send_gearman` starts. The program itself is a CommonJS file beside this one: an ES module that imports a module
 * of Node makes it load all its lazy parts, and is compiled anew at every start. Measured: README, "Start".
 */
import { type CacheWorld, cacheFolder } from "./cache-folder.ts";

// getBuiltinModule and not import, for the reason above
const { createRequire, enableCompileCache } = process.getBuiltinModule("node:module");
const { lstatSync, mkdirSync } = process.getBuiltinModule("node:fs");

const world: CacheWorld = {
  env: process.env,
  userId: process.geteuid?.(),
  look: (path) => lstatSync(path, { throwIfNoEntry: false }),
  make: (path) => mkdirSync(path, { recursive: true, mode: 0o700 }),
};
const folder = cacheFolder(world);
if (folder !== undefined) enableCompileCache(folder);
createRequire(import.meta.url)("./program.cjs");

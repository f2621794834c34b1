/*
 * What `send_gearman` starts. It is built as CommonJS, and so is the program beside it: an ES module that imports a
 * module of Node makes it load all its lazy parts. README, "Start", has the measured times.
 */
import { lstatSync, mkdirSync } from "node:fs";
import { createRequire, enableCompileCache } from "node:module";
import { cacheFolder } from "./cache-folder.ts";

const folder = cacheFolder({
  env: process.env,
  userId: process.geteuid?.(),
  look: (path) => lstatSync(path, { throwIfNoEntry: false }),
  make: (path) => mkdirSync(path, { recursive: true, mode: 0o700 }),
});
if (folder !== undefined) enableCompileCache(folder);
createRequire(__filename)("./program.js");

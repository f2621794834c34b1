/*
 * Launcher of `send_multi`. Launcher and program are built as CommonJS: an ES module that imports a module of Node makes
 * Node load all its lazy parts.
 */
import { createRequire } from "node:module";
import { refuseOldNode, useCompileCache } from "@mod-gearman/program";

refuseOldNode(process, { prefix: "send_multi: ", output: "stderr", exitCode: 3 });
useCompileCache(process);
createRequire(__filename)("./program.js");

/*
 * Launcher of `send_multi`. Launcher and program are built as CommonJS: an ES module that imports a module of Node makes
 * Node load all its lazy parts.
 */
import { join } from "node:path";
import { refuseOldNode, runCompiled } from "@mod-gearman/program";

refuseOldNode(process, { prefix: "send_multi: ", output: "stderr", exitCode: 3 });
runCompiled(join(__dirname, "program.js"), process);

/*
 * Entry point of `mod_gearman_run`. It and the program beside it are built as CommonJS: an ES module that imports a module of
 * Node makes Node load all its lazy parts.
 */
import { join } from "node:path";
import { refuseOldNode, runCompiled } from "@mod-gearman/program";

refuseOldNode(process, { prefix: "mod_gearman_run: ", output: "stderr", exitCode: 3 });
runCompiled(join(__dirname, "program.js"), process);

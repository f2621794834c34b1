/*
 * Entry point of `check_gearman`. It and the program beside it are built as CommonJS: an ES module that imports a module of
 * Node makes Node load all its lazy parts.
 */
import { createRequire } from "node:module";
import { refuseOldNode, useCompileCache } from "@mod-gearman/program";

refuseOldNode(process, { prefix: "check_gearman UNKNOWN - ", output: "stdout", exitCode: 3 });
useCompileCache(process);
createRequire(__filename)("./program.js");

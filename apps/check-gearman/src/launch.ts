/*
 * What `check_gearman` starts. It is built as CommonJS, and so is the program beside it: an ES module that imports a
 * module of Node makes it load all its lazy parts.
 */
import { createRequire } from "node:module";
import { refuseOldNode, useCompileCache } from "@mod-gearman/program";

refuseOldNode(process, { prefix: "check_gearman UNKNOWN - ", output: "stdout", exitCode: 3 });
useCompileCache(process);
createRequire(__filename)("./program.js");

/*
 * What `send_multi` starts. It is built as CommonJS, and so is the program beside it: an ES module that imports a
 * module of Node makes it load all its lazy parts.
 */
import { createRequire } from "node:module";
import { refuseOldNode, useCompileCache } from "@mod-gearman/program";

refuseOldNode(process, { prefix: "send_multi: ", output: "stderr", exitCode: 3 });
useCompileCache(process);
createRequire(__filename)("./program.js");

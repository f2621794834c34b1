/*
 * Entry point of the command. The program is a separate file: while its imports load, a signal must neither end the process
 * nor open the inspector.
 */
import { closeInspector, holdSignals } from "@mod-gearman/base";
import { hideTypedKeys } from "./early-keys.ts";

holdSignals(process, ["SIGHUP", "SIGUSR1", "SIGUSR2"]);
closeInspector(process);
hideTypedKeys(process);
void import("./main.ts");

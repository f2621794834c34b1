/*
 * What the command starts. The program is a file of its own: what it imports takes time to load, in which a signal must
 * neither end the process nor open the inspector.
 */
import { closeInspector, holdSignals } from "@mod-gearman/base";
import { useCompileCache } from "@mod-gearman/program";

holdSignals(process, ["SIGHUP", "SIGUSR1", "SIGUSR2"]);
closeInspector(process);
useCompileCache(process);
void import("./main.ts");

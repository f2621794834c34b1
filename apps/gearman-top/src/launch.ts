/*
 * What the command starts. The program is a file of its own: what it imports takes time to load, in which a signal must
 * neither end the process nor open the inspector.
 */
import { closeInspector, holdSignals } from "@mod-gearman/base";

holdSignals(process, ["SIGHUP", "SIGUSR1", "SIGUSR2"]);
closeInspector(process);
void import("./main.ts");

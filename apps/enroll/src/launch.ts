/* What the command starts: signals are held before the program, which takes time to load. */
import { closeInspector, holdSignals } from "@mod-gearman/base";

holdSignals(process, ["SIGUSR1", "SIGUSR2"]);
closeInspector(process);
void import("./main.ts");

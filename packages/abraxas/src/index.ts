export { AbraxasClient, type AbraxasClientOptions } from "./abraxas-client.ts";
export type { AbraxasOptions } from "./abraxas-link.ts";
export { AbraxasWorker, type AbraxasWorkerOptions } from "./abraxas-worker.ts";

import { type Job, NO_CLIENTS, type Peer } from "./entities.ts";

/** `client` gets the packets of `job` from now on. */
export function attach(client: Peer, job: Job): void {
  if (job.clients.length === 0) job.clients = [client];
  else job.clients.push(client);
  client.awaited.add(job);
}

/** No client waits for `job` from now on. */
export function detachAll(job: Job): void {
  if (job.clients.length === 0) return;
  for (const client of job.clients) client.awaited.delete(job);
  job.clients = NO_CLIENTS;
}

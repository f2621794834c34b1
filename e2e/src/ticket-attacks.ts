import { createHash, randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Tenant, ticketIn } from "./tenant.ts";

const SECRET_BYTES = 32;
const CHECK_BYTES = 4;

/** Tickets that are no good, each with the reason that the machine gets. `docs/security.md` has them too. */
export const ticketAttacks: Readonly<Record<string, (tenant: Tenant) => Promise<string>>> = {
  FAILED: async (tenant) => guessed(await issued(tenant, "late-1")),
  EXPIRED: async (tenant) => {
    const ticket = await issued(tenant, "late-2");
    const path = join(
      tenant.folder,
      `keys/enroll/tickets/${idIn(await tenant.enroll("list"), "late-2")}.ticket`,
    );
    const text = readFileSync(path, "latin1");
    writeFileSync(path, text.replace(/^expires=.*$/m, `expires=${Date.now() - 1}`));
    return ticket;
  },
  REVOKED: async (tenant) => {
    const ticket = await issued(tenant, "late-3");
    await tenant.enroll("revoke", "late-3");
    return ticket;
  },
};

async function issued(tenant: Tenant, name: string): Promise<string> {
  return ticketIn(await tenant.enroll("issue", name, "--queue=service"));
}

/** The same bridge, queue and job server, with a secret that is not that of the ticket. Source: envelope-v2.md 11. */
function guessed(ticket: string): string {
  const body = Buffer.from(ticket.slice("mgt1-".length), "base64url").subarray(0, -CHECK_BYTES);
  const other = Buffer.concat([randomBytes(SECRET_BYTES), body.subarray(SECRET_BYTES)]);
  const check = createHash("sha256").update(other).digest().subarray(0, CHECK_BYTES);
  return `mgt1-${Buffer.concat([other, check]).toString("base64url")}`;
}

function idIn({ output }: { output: string }, name: string): string {
  const [, id] = new RegExp(`ticket (\\w{16}) of worker ${name}\\b`).exec(output) ?? [];
  if (id === undefined) throw new Error(`no ticket of ${name}: ${output}`);
  return id;
}

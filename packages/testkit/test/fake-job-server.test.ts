import { once } from "node:events";
import { connect } from "node:net";
import { encodePacket, FrameDecoder, type Packet } from "@mod-gearman/protocol";
import { expect, test } from "vitest";
import { FakeJobServer } from "../src/fake-job-server.ts";

const address = { host: "fake", port: 4730 };
const echo: Packet = { name: "ECHO_REQ", data: Buffer.from("hi") };

test("records packets and answers as its script says", async () => {
  const server = new FakeJobServer({
    onPacket: (packet, connection) => {
      if (packet.name === "ECHO_REQ") connection.send({ name: "ECHO_RES", data: packet.data });
    },
  });
  const stream = await server.connect(address);
  const connection = await server.connection();
  stream.write(encodePacket("REQ", echo));
  const [chunk] = (await once(stream, "data")) as [Buffer];
  expect(new FrameDecoder(100).push(chunk)).toMatchObject([{ magic: "RES", type: 17 }]);
  expect(connection.names).toEqual(["ECHO_REQ"]);
  expect(server.attempts).toEqual(["fake:4730"]);
});

test("next waits, keeps packets of other names and rejects when the connection ends", async () => {
  const server = new FakeJobServer();
  const stream = await server.connect(address);
  const connection = await server.connection();
  const grab = connection.next("GRAB_JOB_UNIQ");
  stream.write(Buffer.concat([encodePacket("REQ", echo), encodePacket("REQ", { name: "GRAB_JOB_UNIQ" })]));
  expect(await grab).toEqual({ name: "GRAB_JOB_UNIQ" });
  expect((await connection.next("ECHO_REQ")).data.toString()).toBe("hi");
  const never = connection.next("CAN_DO");
  stream.end();
  await expect(never).rejects.toMatchObject({ code: "CLOSED" });
  await expect(connection.next("CAN_DO")).rejects.toMatchObject({ code: "CLOSED" });
  await connection.closed;
  expect(connection.isClosed).toBe(true);
});

test("refuses on demand", async () => {
  const server = new FakeJobServer();
  server.mode = "refuse";
  await expect(server.connect(address)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(server.connections).toEqual([]);
});

test("listens on TCP and understands text lines", async (context) => {
  const server = new FakeJobServer({
    onLine: (line, connection) => connection.sendBytes(Buffer.from(`OK ${line}\n`)),
  });
  context.onTestFinished(() => server.close());
  const socket = connect(await server.listen());
  socket.write("version\r\n");
  const [chunk] = (await once(socket, "data")) as [Buffer];
  expect(chunk.toString()).toBe("OK version\n");
  socket.destroy();
  await (await server.connection()).closed;
});

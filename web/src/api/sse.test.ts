import { describe, expect, it } from "vitest";

import { eventReader, type ServerEvent } from "./sse";

const STREAM = 'event: resync\ndata: {}\n\n: still here\n\nid: 7\nevent: event\ndata: {"id":1,\ndata: "change":"opened"}\n\ndata: plain\r\n\r\nevent: lost';

describe("server-sent events", () => {
  it("read the same however the network cuts them", () => {
    for (let size = 1; size <= STREAM.length; size += 1) {
      const events: ServerEvent[] = [];
      const read = eventReader((event) => events.push(event));
      for (let at = 0; at < STREAM.length; at += size) read(STREAM.slice(at, at + size));
      expect(events, `in pieces of ${size}`).toEqual([
        { kind: "resync", data: "{}" },
        { kind: "event", data: '{"id":1,\n"change":"opened"}' },
        { kind: "message", data: "plain" },
      ]);
    }
  });
});

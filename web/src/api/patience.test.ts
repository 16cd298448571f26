import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ApiFault } from "./fault";
import { patiently } from "./patience";

const answering = (...statuses: number[]) => {
  let asked = 0;
  const ask = async () => {
    const status = statuses[asked] ?? 503;
    asked += 1;
    if (status !== 200) throw new ApiFault(status, "");
    return "done";
  };
  return { ask, asked: () => asked };
};

/** What comes of it, however long it waits. */
async function settled(answer: Promise<string>): Promise<string> {
  const outcome = answer.catch((error: unknown) => (error instanceof ApiFault ? String(error.status) : String(error)));
  await vi.runAllTimersAsync();
  return outcome;
}

describe("patience", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("asks again while nobody can answer", async () => {
    const gateway = answering(503, 0, 200);
    expect([await settled(patiently(gateway.ask)), gateway.asked()]).toEqual(["done", 3]);
  });

  it("ends", async () => {
    const gateway = answering();
    expect([await settled(patiently(gateway.ask)), gateway.asked()]).toEqual(["503", 4]);
  });

  it("takes a refusal for one", async () => {
    const gateway = answering(409, 200);
    expect([await settled(patiently(gateway.ask)), gateway.asked()]).toEqual(["409", 1]);
  });
});

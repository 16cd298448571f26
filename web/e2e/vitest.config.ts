import { defineConfig } from "vitest/config";

export default defineConfig({
  root: import.meta.dirname,
  test: {
    environment: "node",
    include: [process.env["E2E_RUN"] ?? "*.test.ts"],
    // One browser and one Iris: stories come one after another.
    fileParallelism: false,
    sequence: { concurrent: false },
    // What is awaited has deadlines of its own, and a story awaits much.
    testTimeout: 240_000,
    hookTimeout: 120_000,
  },
});

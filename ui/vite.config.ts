import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { mantineStyles } from "./mantine-styles.ts";
import { mockApi } from "./src/dev/mock.ts";

// The address of a running `suppilo serve` that the development server hands API calls to.
const backend = process.env["SUPPILO_URL"] ?? "http://127.0.0.1:8080";

export default defineConfig(({ mode }) => ({
  base: "/admin/",
  // The mock is a middleware of the development server, so none of it can reach a build.
  plugins: [mantineStyles(), react(), ...(mode === "mock" ? [mockApi()] : [])],
  // Pictures of pages and offers are files that the program serves.
  server: mode === "mock" ? {} : { proxy: { "/api": backend, "/assets": backend } },
  build: {
    target: "es2022",
    // One stylesheet per lazy part; the licence banners stay out of the way of the size limit.
    cssCodeSplit: true,
    sourcemap: false,
    chunkSizeWarningLimit: 700,
    // The size check reads which files the first screens load.
    manifest: true,
    // Which files each lazy screen will need is a list of every file, and all of it in the first one to load.
    modulePreload: { resolveDependencies: (_file, needed, { hostType }) => (hostType === "html" ? needed : []) },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
}));

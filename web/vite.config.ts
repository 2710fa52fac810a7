// Builds the app from the sources of its workspace packages, and serves it in development beside a server on port 4000.
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

const server = "http://127.0.0.1:4000";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: {
    // "development" leads to src/ of @fairminute/core and @fairminute/react, so that no build must come first.
    conditions: ["development", ...defaultClientConditions.filter((name) => name !== "development|production")],
    dedupe: ["react", "react-dom", "@tanstack/react-query"],
  },
  // The largest file is the client of LiveKit, which is loaded with the first call that LiveKit carries.
  build: { outDir: "dist", emptyOutDir: true, target: "es2023", assetsInlineLimit: 0, chunkSizeWarningLimit: 700 },
  server: {
    proxy: {
      "/api": { target: server },
      "/docs": { target: server },
      "/socket.io": { target: server, ws: true },
    },
  },
});

import { defineConfig } from "vite";
import { failOnWarning } from "../warnings.js";

const api = "http://127.0.0.1:8000";

export default defineConfig({
  base: "/desk/",
  build: {
    target: "es2022",
    // antd is one library to a browser's cache; splitting it would only make more requests.
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      onLog: failOnWarning,
      output: { codeSplitting: { groups: [{ name: "vendor", test: /node_modules/ }] } },
    },
  },
  server: {
    proxy: { "/api": api, "/socket.io": { target: api, ws: true } },
  },
});

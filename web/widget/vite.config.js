import { defineConfig } from "vite";
import { failOnWarning } from "../warnings.js";

export default defineConfig({
  build: {
    target: "es2020",
    lib: { entry: "src/main.tsx", formats: ["iife"], name: "SanbianWidget", fileName: () => "widget.js" },
    rolldownOptions: { onLog: failOnWarning },
  },
});

import { defineConfig } from "vite";

// Two entries: the script of every page, and the editor. File names contain a hash, so that browsers
// can cache them for ever; the service reads the names from the manifest.
export default defineConfig({
  base: "",
  build: {
    outDir: "../api/meagraph_api/pages/static/bundle",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // Import statements load what is needed; inlined data would need a wider content policy.
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      // A dependency of Yasqe patches JSON in browsers of 2008 with eval. That is not needed, and the
      // content security policy forbids it.
      checks: { eval: false },
      input: { page: "src/page.ts", editor: "src/editor/editor.ts" },
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
});

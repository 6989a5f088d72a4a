import { defineConfig } from "vite";

// Two entries: what every page may use, and the editor. Names hold a hash of the content, so that
// browsers may keep the files for good; the service reads the names from the manifest.
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
      // A storage library that Yasqe brings mends JSON for browsers of 2008 with eval. Ours need no
      // mending, and the content policy would refuse it.
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

import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import {gunzipSync} from 'node:zlib';

import {defineConfig, type Plugin} from 'vite';

const root = fileURLToPath(new URL('../../', import.meta.url));

// The demo tests its networks on the first hundred test images of each class.
const IMAGES = 1000;

/**
 * The sample images: the beginning of the embedded test set, as IDX. The networks count the classes
 * from the largest to the smallest, and so do these labels: 9 is the first class of the files, 0 the last.
 */
function sampleData(): Record<string, Uint8Array> {
  const read = (name: string) =>
    gunzipSync(readFileSync(`${root}examples/data/fashion-mnist/test-${name}-ubyte.gz`));
  const images = read('images-idx3').subarray(0, 16 + IMAGES * 28 * 28);
  const labels = read('labels-idx1')
    .subarray(0, 8 + IMAGES)
    .map((byte, i) => (i < 8 ? byte : 9 - byte));
  for (const file of [images, labels])
    new DataView(file.buffer, file.byteOffset).setUint32(4, IMAGES);
  return {'data/images.idx': images, 'data/labels.idx': labels};
}

function samples(): Plugin {
  return {
    name: 'samples',
    configureServer(server) {
      const files = sampleData();
      server.middlewares.use((request, response, next) => {
        const found = Object.entries(files).find(([name]) => request.url?.endsWith(`/${name}`));
        if (found === undefined) {
          next();
          return;
        }
        response.setHeader('Content-Type', 'application/octet-stream');
        response.end(found[1]);
      });
    },
    generateBundle() {
      for (const [fileName, source] of Object.entries(sampleData())) {
        this.emitFile({type: 'asset', fileName, source});
      }
    },
  };
}

// What the built page may load: its own files. The server for development needs a socket besides.
const POLICY = [
  ...["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'"],
  ...["connect-src 'self'", "worker-src 'self' blob:", "img-src 'self' data:"],
  ...["base-uri 'none'", "form-action 'none'"],
].join('; ');

const contentPolicy = (): Plugin => ({
  name: 'content-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: {'http-equiv': 'Content-Security-Policy', content: POLICY},
      injectTo: 'head-prepend',
    },
  ],
});

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  cacheDir: `${root}node_modules/.cache/vite-playground`,
  plugins: [samples(), contentPolicy()],
  resolve: {
    alias: [
      {find: /^lt-robust$/, replacement: `${root}src/index.ts`},
      {find: /^lt-robust\/(\w+)$/, replacement: `${root}src/$1/index.ts`},
    ],
  },
  worker: {format: 'es'},
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    // TensorFlow.js with all its layers, in the worker.
    chunkSizeWarningLimit: 2500,
    reportCompressedSize: false,
  },
});

import {createReadStream, statSync} from 'node:fs';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import path from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  ...{'.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript'},
  ...{'.css': 'text/css', '.json': 'application/json', '.wasm': 'application/wasm'},
};

/** A folder that is served as any static host does. */
export interface Site {
  /** Ends in a slash. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves a folder on a free port of this machine. */
export async function serveFolder(folder: string): Promise<Site> {
  const server = createServer((request, response) => {
    const {pathname} = new URL(request.url ?? '/', 'http://localhost');
    const file = path.join(folder, decodeURIComponent(pathname.replace(/\/$/, '/index.html')));
    const isThere =
      file.startsWith(folder) && statSync(file, {throwIfNoEntry: false})?.isFile() === true;
    if (!isThere) {
      // A browser asks for an icon on its own; that a page has none is no error.
      response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end();
      return;
    }
    const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
    response.writeHead(200, {'Content-Type': type});
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve, reject) => {
        server.closeAllConnections();
        server.close((error) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
  };
}

import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, type AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

import {Redis} from 'ioredis';

/** Whether there is a redis-server to test with; says so where there is none. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) {
  console.warn('Skipped: no redis-server. On Debian: apt-get install redis-server');
}

/** A Redis of its own for a test. */
export interface TestRedis {
  readonly port: number;
  readonly connection: {readonly host: string; readonly port: number};
  /** Kills it, and starts it again on what it had written down. */
  restart(): Promise<void>;
  /** Forgets everything that it was told. */
  empty(): Promise<void>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts a redis-server on a free port, which writes down every command before it answers. */
export async function startRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'lt-robust-redis-'));
  const port = await freePort();
  const start = async (): Promise<ChildProcess> => {
    const process = spawn(
      'redis-server',
      [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
        ...['--appendonly', 'yes', '--appendfsync', 'always'],
      ],
      {stdio: ['ignore', 'pipe', 'inherit']},
    );
    let said = '';
    await new Promise<void>((resolve, reject) => {
      process.stdout.on('data', (text: Buffer) => {
        said += text.toString();
        if (said.includes('Ready to accept connections')) resolve();
      });
      process.on('exit', () => reject(new Error(`redis-server ended: ${said}`)));
    });
    return process;
  };
  let server = await start();
  const kill = async () => {
    server.kill('SIGKILL');
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit');
  };
  return {
    port,
    connection: {host: '127.0.0.1', port},
    async restart() {
      await kill();
      server = await start();
    },
    async empty() {
      const client = new Redis(port);
      await client.flushall();
      client.disconnect();
    },
    async stop() {
      await kill();
      await rm(folder, {recursive: true, force: true});
    },
  };
}

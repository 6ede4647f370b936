import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';

const {CHROMIUM_PATH = '', REQUIRE_BROWSER = ''} = process.env;
const FOLDERS = [
  ...(CHROMIUM_PATH === '' ? [] : [path.dirname(CHROMIUM_PATH)]),
  ...['/usr/lib/chromium', '/usr/lib/chromium-browser', '/opt/google/chrome'],
];
const ICD = 'vk_swiftshader_icd.json';
const folder = FOLDERS.find((each) =>
  [ICD, 'libvk_swiftshader.so', 'libvulkan.so.1'].every((file) =>
    existsSync(path.join(each, file)),
  ),
);

/** Whether a Chromium has brought SwiftShader, a Vulkan driver in software, onto this machine. */
export const hasSwiftShader = folder !== undefined;

if (!hasSwiftShader) {
  const message = `No SwiftShader in ${FOLDERS.join(', ')}`;
  if (REQUIRE_BROWSER !== '') throw new Error(`${message}.`);
  console.warn(`${message}: WebGPU in Node is NOT tested. Install Chromium to test it.`);
}

/**
 * Runs a TypeScript program in a process of its own, where Vulkan has SwiftShader alone, or nothing.
 * The loader of libraries reads its variables once, when a process starts.
 */
export async function runOnSwiftShader(
  program: string,
  args: readonly string[] = [],
  {driver = true} = {},
): Promise<string> {
  const icd = driver ? path.join(folder ?? '', ICD) : '/nowhere.json';
  const env = {...process.env, VK_ICD_FILENAMES: icd, VK_DRIVER_FILES: icd};
  const {stdout} = await promisify(execFile)(
    process.execPath,
    ['node_modules/tsx/dist/cli.mjs', program, ...args],
    {
      ...{timeout: 240_000, maxBuffer: 2 ** 26},
      env: {...env, LD_LIBRARY_PATH: folder},
    },
  );
  return stdout;
}

/** The last line of what a program wrote, as JSON. */
export const lastLine = (text: string): unknown => JSON.parse(text.trim().split('\n').at(-1) ?? '');

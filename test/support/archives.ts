import {crc32, deflateRawSync} from 'node:zlib';

/** A zip archive whose files are not compressed, with a comment. */
export const storedZip = (
  files: Readonly<Record<string, Uint8Array>>,
  comment = '',
): Uint8Array<ArrayBuffer> => zipOf(files, comment, {method: 0, pack: (content) => content});

/** A zip archive whose files are deflated. */
export const deflatedZip = (files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> =>
  zipOf(files, '', {method: 8, pack: (bytes) => deflateRawSync(bytes)});

interface Packing {
  readonly method: number;
  readonly pack: (content: Uint8Array) => Uint8Array;
}

function zipOf(
  files: Readonly<Record<string, Uint8Array>>,
  comment: string,
  {method, pack}: Packing,
): Uint8Array<ArrayBuffer> {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  const lengthOf = (parts: readonly Buffer[]) => parts.reduce((sum, part) => sum + part.length, 0);
  for (const [file, content] of Object.entries(files)) {
    const name = Buffer.from(file);
    const sizes = Buffer.alloc(12);
    sizes.writeUInt32LE(crc32(content), 0);
    const packed = pack(content);
    sizes.writeUInt32LE(packed.length, 4);
    sizes.writeUInt32LE(content.length, 8);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    sizes.copy(local, 14);
    local.writeUInt16LE(name.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(method, 10);
    sizes.copy(entry, 16);
    entry.writeUInt16LE(name.length, 28);
    entry.writeUInt32LE(lengthOf(locals), 42);
    locals.push(local, name, Buffer.from(packed));
    directory.push(entry, name);
  }
  const count = Object.keys(files).length;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(lengthOf(directory), 12);
  end.writeUInt32LE(lengthOf(locals), 16);
  end.writeUInt16LE(comment.length, 20);
  return Uint8Array.from(Buffer.concat([...locals, ...directory, end, Buffer.from(comment)]));
}

/** A NumPy array file of version 1, as NEP 1 describes it. */
export function npyFile(
  descr: string,
  shape: string,
  content: ArrayLike<number>,
  order = 'False',
): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;
  const file = new Uint8Array(128 + content.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0]);
  file.set(Buffer.from(`${header.padEnd(117)}\n`), 10);
  file.set(content, 128);
  return file;
}

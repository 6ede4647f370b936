import {describe, expect, it} from 'vitest';

import {isRgbJpeg} from '../../src/data/jpegColours';
import golden from '../golden/image-files.json';

const {images} = golden;
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

const segment = (marker: number, content: number[]) => [
  ...[0xff, marker, 0, content.length + 2],
  ...content,
];
const text = (letters: string) => [...Buffer.from(letters)];
const adobe = (transform: number) =>
  segment(0xee, [...text('Adobe'), 0, 100, 0, 0, 0, 0, transform]);
const jfif = segment(0xe0, [...text('JFIF\0'), 1, 1, 0, 0, 1, 0, 1, 0, 0]);
const frame = (names: number[], marker = 0xc0) =>
  segment(marker, [8, 0, 1, 0, 1, names.length, ...names.flatMap((name) => [name, 0x11, 0])]);
const scan = segment(0xda, []);
const isRgb = (...segments: number[][]) =>
  isRgbJpeg(Uint8Array.from([0xff, 0xd8, ...segments.flat()]));
const [numbered, named] = [[1, 2, 3], text('RGB')];

describe('isRgbJpeg', () => {
  // What Pillow reads from these files is in decodeImage.test.ts.
  it.each([
    ['rgbJpeg', true],
    ['rgbJpegByNames', true],
    ['jfifRgbJpeg', false],
    ['jpeg444', false],
    ['progressiveJpeg', false],
    ['greyJpeg', false],
  ] as const)('of a file of Pillow, %s: %s', (name, answer) => {
    expect(isRgbJpeg(bytesOf(images[name].file))).toBe(answer);
  });

  it.each<[string, boolean, number[][]]>([
    ['transform 0', true, [adobe(0), frame(numbered)]],
    ['transform 1', false, [adobe(1), frame(named)]],
    ['transform 0 after the frame', true, [frame(numbered), adobe(0), scan]],
    ['transform 0 after the first scan', false, [frame(numbered), scan, adobe(0)]],
    ['no marker and names', true, [frame(named)]],
    ['names of a progressive frame', true, [frame(named, 0xc2)]],
    ['no marker and numbers', false, [frame(numbered)]],
    ['JFIF', false, [jfif, adobe(0), frame(named)]],
    ['JFIF after Adobe', false, [adobe(0), jfif, frame(named)]],
    ['four components', false, [adobe(0), frame(text('CMYK'))]],
    ['one component', false, [adobe(0), frame([1])]],
    ['a marker of Adobe that is too short', false, [segment(0xee, text('Adobe')), frame(numbered)]],
    ['a marker of others', false, [segment(0xee, [...text('Other'), ...Array<number>(7).fill(0)])]],
    ['fill bytes before a marker', true, [[0xff, 0xff], adobe(0), frame(numbered)]],
    ['nothing', false, []],
  ])('by what libjpeg goes by: %s', (_name, answer, parts) => {
    expect(isRgb(...parts)).toBe(answer);
  });

  it('ends on any bytes', () => {
    const file = bytesOf(images.rgbJpeg.file);
    for (let length = 0; length < 60; length++) isRgbJpeg(file.subarray(0, length));
    expect(isRgbJpeg(Uint8Array.from([0xff, 0xd8, ...Array<number>(99).fill(0xff)]))).toBe(false);
    expect(isRgb([0xff, 0xee, 0, 0, 0xff, 0xee, 0, 1])).toBe(false);
  });
});

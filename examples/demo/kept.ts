import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';

import {methodsBlocks} from '../methods/blocks';
import type {MethodsReport} from '../methods/report';
import {demoBlocks, type Blocks} from './documents';
import {plotsOf, type DemoReport} from './report';
import {searchBlocks} from './searchBlocks';
import type {SearchReport} from './searchReport';

const read = <T>(name: string): T => {
  const path = fileURLToPath(new URL(`../../docs/results/${name}`, import.meta.url));
  return JSON.parse(readFileSync(path, 'utf8')) as T;
};

const demo = () => read<DemoReport>('demo.json');

/** What the reports kept in docs/results say, for the documents. */
export const keptBlocks = (): Blocks => ({
  ...demoBlocks(demo()),
  ...searchBlocks(read<SearchReport>('distillation.json')),
  ...methodsBlocks(read<MethodsReport>('methods.json')),
  ...methodsBlocks(read<MethodsReport>('methods-full.json'), 'methods-full'),
});

/** The pictures of the documents, by path. */
export function keptPictures(): Readonly<Record<string, string>> {
  const {classes, curves} = plotsOf(demo());
  return {'docs/images/demo-classes.svg': classes, 'docs/images/demo-curves.svg': curves};
}

// Writes docs/presets.md from the presets.
import {writeFileSync} from 'node:fs';

import * as prettier from 'prettier';

import {presetsDocument} from './presetsDocument';

const path = 'docs/presets.md';
const options = {...(await prettier.resolveConfig(path)), filepath: path};
writeFileSync(path, await prettier.format(presetsDocument(), options));
console.log(path);

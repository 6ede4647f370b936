// What the single file for pages without a bundler has: the root, and the rooms that run in a browser.
export * from '../src/index';
export * from '../src/data/index';
export * from '../src/kernels/index';
export * from '../src/models/index';
export * from '../src/report/index';

import eslint from '@eslint/js';
import {defineConfig, globalIgnores} from 'eslint/config';
import tseslint from 'typescript-eslint';

const chance = 'Chance comes from an Rng that the caller hands over.';

export default defineConfig([
  globalIgnores([
    '**/dist/',
    'coverage/',
    'reports/',
    'docs/api/',
    'docs/.vitepress/dist/',
    'docs/.vitepress/cache/',
    'docs/.vitepress/.temp/',
    '.scratch/',
    'src/kernels/wasm/assembly/',
  ]),
  eslint.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {project: './tsconfig.json', tsconfigRootDir: import.meta.dirname},
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': [
        'error',
        {prefer: 'type-imports', fixStyle: 'inline-type-imports'},
      ],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_'}],
      // Numbers in messages are written as they are.
      '@typescript-eslint/restrict-template-expressions': ['error', {allowNumber: true}],
      '@typescript-eslint/no-confusing-void-expression': ['error', {ignoreArrowShorthand: true}],
      // Checks at the public border refuse what the types already forbid: not every user has types.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // LayerVariable.read() is typed as a tensor though it returns the variable.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // A type parameter in a signature may say what a caller gets (`Dataset<I>`).
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Kernels and samplers walk several typed arrays with one index.
      '@typescript-eslint/prefer-for-of': 'off',
      // `Dataset<tf.Tensor4D>` says more than `Dataset`.
      '@typescript-eslint/no-unnecessary-type-arguments': 'off',
      // Where an index is in range by construction, `as number` says so (the style of this code);
      // and tfjs infers a rank from what a call is assigned to, which an assertion states.
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // A map of tensors has to be a type: an interface is not assignable to an index signature.
      '@typescript-eslint/consistent-type-definitions': 'off',
      // tfjs asks for a getter where a field would do.
      '@typescript-eslint/class-literal-property-style': 'off',
      'no-restricted-syntax': [
        'error',
        {selector: 'ExportDefaultDeclaration', message: 'Export by name.'},
      ],
      eqeqeq: 'error',
      'prefer-const': 'error',
      'no-param-reassign': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      // A longer one says why: eslint-disable-next-line max-lines-per-function -- the reason.
      'max-lines-per-function': ['error', {max: 80, IIFEs: true}],
      'no-restricted-properties': [
        'error',
        {object: 'Math', property: 'random', message: chance},
        {object: 'tf', property: 'multinomial', message: chance},
        {
          object: 'tf',
          property: 'nextFrame',
          message: 'It stands still in a hidden tab: breathe().',
        },
      ],
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {group: ['**/index', '**/index.ts'], message: 'Import the file, not the barrel.'},
            {group: ['@tensorflow/tfjs'], message: 'Use @tensorflow/tfjs-core.'},
          ],
        },
      ],
    },
  },
  {
    // Barrels re-export barrels: the root, and the former name of four rooms.
    files: ['src/index.ts', 'src/trainers/index.ts'],
    rules: {'no-restricted-imports': 'off'},
  },
  {
    // Barrels carry former names for one version.
    files: ['src/*/index.ts'],
    rules: {'@typescript-eslint/no-deprecated': 'off'},
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Error tests pass what the types forbid, and assertions read what the types leave open.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // The checkers evaluate text: fences, stated values, defaults.
    files: ['test/{docs,package}/**/*.ts'],
    rules: {
      '@typescript-eslint/no-implied-eval': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
  {
    // What the tools themselves ask for.
    files: ['**/{vite,vitest}.config.ts', 'tsup.config.ts', '**/*.d.ts', 'docs/.vitepress/**/*.ts'],
    rules: {'no-restricted-syntax': 'off'},
  },
]);

/**
 * The colours of the examples' pages, light and dark, as variables of CSS. Plots keep their white paper:
 * their colours were chosen for it.
 */
export const PAGE_COLOURS = `
  :root { color-scheme: light dark; --text: #222; --paper: #fff; --line: #ddd; --quiet: #666; --bad: #b00020; --good: #06703b; }
  @media (prefers-color-scheme: dark) {
    :root { --text: #e4e4e4; --paper: #16181c; --line: #3a3d44; --quiet: #a3a7ae; --bad: #ff8a94; --good: #6fd39b; }
    .wide svg { border-radius: .4rem; } a { color: #8ab8ff; }
  }
`;

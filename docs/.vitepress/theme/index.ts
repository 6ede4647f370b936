import type {Theme} from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';

import './style.css';

// The first page has no landmark of its own in the theme.
const markMain = () => {
  document.querySelector('.VPHome')?.setAttribute('role', 'main');
};

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp({router}) {
    if (typeof document === 'undefined') return; // while the site is built
    router.onAfterRouteChange = markMain;
    addEventListener('load', markMain);
  },
};

export default theme;

declare module '*?url' {
  /** Where the file is, once the site is built. */
  const url: string;
  export default url;
}
declare module '*.css';

const PIECES = 3;

/** How much each gets. For the test of mutation testing. */
export const pieceOf = (whole: number): number => whole / PIECES;

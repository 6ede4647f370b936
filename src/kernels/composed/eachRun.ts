import type {backend_util} from '@tensorflow/tfjs-core';

/**
 * Visits the positions of the input that each output's convolution or pooling window connects it
 * to, padding left out, as runs of neighbours: `input` to `input + length - 1` under the taps `tap`
 * to `tap + length - 1`. Positions count over `[batch, height, width]`, taps over the window.
 * Outputs come in order, the taps of each in order.
 */
export function eachRun(
  info: backend_util.Conv2DInfo,
  visit: (output: number, input: number, tap: number, length: number) => void,
): void {
  const {batchSize, inHeight, inWidth, outHeight, outWidth, filterHeight, filterWidth} = info;
  const {strideHeight, strideWidth, dilationHeight, dilationWidth, padInfo} = info;
  // Under a dilated window no two taps are neighbours.
  const [runs, length] = dilationWidth === 1 ? [1, filterWidth] : [filterWidth, 1];
  let output = 0;
  for (let b = 0; b < batchSize; b++) {
    for (let y = -padInfo.top, row = 0; row < outHeight; row++, y += strideHeight) {
      for (let x = -padInfo.left, column = 0; column < outWidth; column++, x += strideWidth) {
        for (let i = 0; i < filterHeight; i++) {
          const inY = y + i * dilationHeight;
          if (inY < 0 || inY >= inHeight) continue;
          for (let j = 0; j < runs; j++) {
            const inX = x + j * dilationWidth;
            const from = Math.max(0, -inX);
            const to = Math.min(length, inWidth - inX);
            if (from >= to) continue;
            const input = (b * inHeight + inY) * inWidth + inX + from;
            visit(output, input, i * filterWidth + j + from, to - from);
          }
        }
        output++;
      }
    }
  }
}

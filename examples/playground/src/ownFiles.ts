import {byId} from './dom';

/** Whether files belong to a network, by their names; the rest are images. */
const isModelFile = (name: string): boolean =>
  /\.(json|bin|h5|hdf5|keras|pb|pbtxt|pt|pth|ckpt|safetensors|onnx|tflite)$/i.test(name);

/** Sorts what was dropped into the files of a network and images. */
export function sortFiles(files: readonly File[]): {
  model: readonly File[];
  images: readonly File[];
} {
  return {
    model: files.filter(({name}) => isModelFile(name)),
    images: files.filter(({name}) => !isModelFile(name)),
  };
}

/**
 * Lets files come in: by a drop anywhere on the page, or by the button.
 *
 * @param onFiles - Called with what came.
 */
export function receiveFiles(onFiles: (files: readonly File[]) => void): void {
  const input = byId('files', HTMLInputElement);
  input.addEventListener('change', () => {
    onFiles([...(input.files ?? [])]);
    input.value = ''; // the same files may be chosen again
  });
  const {classList} = document.body;
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  document.addEventListener('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    classList.add('dragging');
  });
  document.addEventListener('dragleave', (event) => {
    if (event.relatedTarget === null) classList.remove('dragging');
  });
  document.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    classList.remove('dragging');
    onFiles([...(event.dataTransfer?.files ?? [])]);
  });
}

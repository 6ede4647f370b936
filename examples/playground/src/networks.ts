/** The networks that come with the page, in the order of the menu. */
export const NETWORKS = [
  {name: 'natural', title: 'Natural', about: 'Trained on clean images only.'},
  {name: 'pgd-at', title: 'PGD-AT', about: 'Trained on images under attack.'},
  {
    name: 'at-bsl',
    title: 'AT-BSL',
    about: 'Under attack, with a loss that knows how rare each class is.',
  },
  {
    name: 'paper',
    title: 'Self-distilled',
    about: "The paper's: AT-BSL that also learns from a teacher of balanced classes.",
  },
] as const;

export type NetworkName = (typeof NETWORKS)[number]['name'];

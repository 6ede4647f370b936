import {InvalidArgumentError} from '../core/errors';

/** Which labels of CIFAR: the 10 of CIFAR-10, or the 100 fine or 20 coarse ones of CIFAR-100. */
export type CifarLabelSet = 'cifar10' | 'fine' | 'coarse';

const names = (text: string): readonly string[] => text.trim().split(/\s+/);

// As the official archives number them.
const CLASS_NAMES: Readonly<Record<CifarLabelSet, readonly string[]>> = {
  cifar10: names('airplane automobile bird cat deer dog frog horse ship truck'),
  fine: names(`
    apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus
    butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab
    crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo
    keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse
    mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy
    porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper
    snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone television
    tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm`),
  coarse: names(`
    aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices
    household_furniture insects large_carnivores large_man-made_outdoor_things
    large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals
    non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2`),
};

/**
 * Which labels are meant, from the options of CIFAR's readers.
 *
 * @internal
 */
export function cifarLabelSet(where: string, classes: unknown, labelSet: unknown): CifarLabelSet {
  checkChoice(where, 'classes', classes, [10, 100]);
  checkChoice(where, 'labelSet', labelSet, ['fine', 'coarse']);
  if (classes === 10) return 'cifar10';
  return labelSet === 'coarse' ? 'coarse' : 'fine';
}

/** Names of the classes, in the order of the labels. */
export const cifarClassNames = (labelSet: CifarLabelSet): readonly string[] =>
  CLASS_NAMES[labelSet];

function checkChoice(
  where: string,
  argument: string,
  value: unknown,
  choices: readonly unknown[],
): void {
  if (choices.includes(value)) return;
  throw new InvalidArgumentError({
    where,
    argument,
    expected: `be ${choices.map((choice) => JSON.stringify(choice)).join(' or ')}`,
    found: typeof value === 'bigint' ? `${value}n` : String(JSON.stringify(value)),
    remedy: 'Pass one of these.',
  });
}

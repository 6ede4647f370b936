// A plugin of typedoc. The types of `lt-robust/registry` are inferred from its tables and schemas, so
// that their fields have no place for a docstring: each gets the one that says where it is described.
import {Comment, Converter} from 'typedoc';

const TEXT = 'See "Experiments as data", and the options of the function that the name stands for.';

const isInferred = (name) =>
  /^registry\.(?:Experiment|TeacherExperiment|TrainingExperiment|Checked\w+|WrittenExperiment|Named|BalancedData)\./.test(
    name,
  );

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({project}) => {
    for (const reflection of Object.values(project.reflections)) {
      if (!isInferred(reflection.getFullName()) || reflection.hasComment()) continue;
      reflection.comment = new Comment([{kind: 'text', text: TEXT}]);
    }
  });
}

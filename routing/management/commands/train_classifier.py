from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from routing.engine.content import load_model
from routing.engine.content.model import DIRECTORY
from routing.services.training_examples import training_examples
from routing.training.corpus import CORPUS, HELDOUT, Example, load
from routing.training.evaluation import Evaluation
from routing.training.retraining import Retrained, better, report, retrain

SEED = 7
_DOCS = Path(__file__).resolve().parents[3] / "docs"


class Command(BaseCommand):
    help = (
        "Trains the content classifier on its corpus and writes docs/routing-quality.md. The same corpus gives "
        "the same model. Needs scikit-learn (requirements-dev.txt), except with --report."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--report", action="store_true", help="Only judge the present model.")
        parser.add_argument(
            "--extra",
            type=Path,
            metavar="FILE",
            help="JSON lines with text and department (see export_overrides) to learn from as well; the new "
            "model is kept only if it does better on the held-out messages.",
        )
        parser.add_argument(
            "--from-overrides",
            action="store_true",
            help="Learn as well from the messages that people moved to another department, without personal data; "
            "the new model is kept only if it does better on the held-out messages.",
        )
        parser.add_argument("--seed", type=int, default=SEED)
        parser.add_argument("--output", type=Path, default=DIRECTORY, help="Directory of the model.")
        parser.add_argument("--docs", type=Path, default=_DOCS, help="Directory of the report.")

    def handle(self, *args: Any, **options: Any) -> None:
        training, heldout = load(CORPUS), load(HELDOUT)
        if options["report"] and (options["extra"] or options["from_overrides"]):
            raise CommandError(
                "--report judges the present model; --extra and --from-overrides train another."
            )
        output = options["output"]
        if not options["report"]:
            extra = _extra(options["extra"]) if options["extra"] else []
            if options["from_overrides"]:
                extra += training_examples()[0]
            kept_aside = {example.text for example in heldout}
            extra = [example for example in extra if example.text not in kept_aside]
            if not extra and (options["extra"] or options["from_overrides"]):
                self.stdout.write("There is nothing more to learn from: the present model stays.")
                return
            retrained = self._retrain([*training, *extra], heldout, output, seed=options["seed"])
            self.stdout.write(f"New model {retrained.model_id}: {_figures(retrained.new)}")
            if retrained.present is not None:
                self.stdout.write(f"Present model: {_figures(retrained.present)}")
            # What staff corrected must prove itself; the corpus that ships is what the model stands for.
            if extra and retrained.present and not better(retrained.new, retrained.present):
                retrained.discard()
                self.stdout.write(
                    f"{len(extra)} more messages did not make it better: the present model stays."
                )
                return
            retrained.keep()
        path = report(load_model(output), training, heldout, options["docs"])
        self.stdout.write(f"Wrote {path.name}")

    def _retrain(
        self, training: list[Example], heldout: list[Example], output: Path, *, seed: int
    ) -> Retrained:
        try:
            return retrain(training, heldout, output, seed=seed)
        except ModuleNotFoundError as error:
            raise CommandError(f"Training needs requirements-dev.txt: {error}") from error


def _extra(file: Path) -> list[Example]:
    try:
        return load(file)
    except (OSError, ValueError, KeyError) as error:
        raise CommandError(f"{file}: {error}") from error


def _figures(evaluation: Evaluation) -> str:
    emergency = evaluation.emergency
    return f"exact {evaluation.exact:.1%}, emergency recall {emergency.recall:.1%} precision {emergency.precision:.1%}"

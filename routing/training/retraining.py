"""Training a model beside the present one, comparing them, and reporting."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from routing.engine.content.model import ContentModel, load_model
from routing.training.corpus import Example, largest_overlap
from routing.training.evaluation import Evaluation, evaluate, time_analysis
from routing.training.report import write_report

PARTS = {
    "round_five": "round five",
    "measured_last": "measured last",
    "second_author": "second author",
    "afterwards": "afterwards",
    "after_freeze": "after the freeze",
}
"""File of the held-out messages -> the name of that part in the report; other files are the first author's."""

_FIRST = "first author"


@dataclass(frozen=True, slots=True)
class Retrained:
    """A new model, not yet in use, and how it and the present one do on the held-out messages."""

    model_id: str
    new: Evaluation
    present: Evaluation | None
    candidate: Path
    output: Path

    def keep(self) -> None:
        """Put the new model in the place of the present one; running processes use it after a restart."""
        self.output.mkdir(parents=True, exist_ok=True)
        # The description last: it is what tells a complete model from half of one.
        for name in ("weights.npz", "model.json"):
            shutil.move(self.candidate / name, self.output / name)
        self.discard()

    def discard(self) -> None:
        shutil.rmtree(self.candidate, ignore_errors=True)


def retrain(training: Sequence[Example], heldout: Sequence[Example], output: Path, *, seed: int) -> Retrained:
    """Train on `training`; `output` is where the present model lies, if there is one."""
    from routing.training.trainer import Settings, save, train

    trained = train(training, Settings(seed=seed))
    candidate = Path(mkdtemp(prefix="content-model-"))
    save(trained, candidate, {"trained_on": len(training), "seed": seed})
    return Retrained(
        model_id=trained.model_id,
        new=evaluate(load_model(candidate), heldout),
        present=_present(output, heldout),
        candidate=candidate,
        output=output,
    )


def _present(directory: Path, heldout: Sequence[Example]) -> Evaluation | None:
    try:
        return evaluate(load_model(directory), heldout)
    except (OSError, ValueError):  # none yet, or of an older format
        return None


def better(new: Evaluation, present: Evaluation) -> bool:
    """Whether `new` finds no fewer emergencies, and more right departments or as many with more certainty."""
    if new.emergency.recall < present.emergency.recall:
        return False
    return (new.exact, -new.surprise) > (present.exact, -present.surprise)


def report(model: ContentModel, training: Sequence[Example], heldout: Sequence[Example], docs: Path) -> Path:
    """Judge `model` on the held-out messages and write the report into `docs`."""
    composed = sum(example.origin.startswith("generated") for example in training)
    by_part: dict[str, list[Example]] = {}
    for example in heldout:
        by_part.setdefault(PARTS.get(example.origin.split(":")[0], _FIRST), []).append(example)
    parts = {"all": evaluate(model, heldout)}
    parts |= {name: evaluate(model, by_part[name]) for name in (*PARTS.values(), _FIRST) if name in by_part}
    return write_report(
        docs,
        model_id=model.model_id,
        parts=parts,
        counts={
            "training": len(training),
            "written": len(training) - composed,
            "composed": composed,
            "heldout": len(heldout),
        },
        overlap=largest_overlap(heldout, training),
        timing=time_analysis(model, heldout),
    )

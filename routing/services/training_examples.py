"""Messages that people moved, as examples to learn from."""

from __future__ import annotations

from uuid import UUID

from routing.selectors.content import content_analysis
from routing.selectors.overrides import corrected_messages
from routing.services.anonymising import anonymised
from routing.training.corpus import DEPARTMENTS, Example


def training_examples(entity_id: UUID | None = None) -> tuple[list[Example], int]:
    """The moved messages of one brand or of all, without personal data, and how many were left out.

    Left out are those moved to a department that the classifier does not know.
    """
    examples, left_out, analyze = [], 0, content_analysis()
    for number, corrected in enumerate(corrected_messages(entity_id), 1):
        if corrected.department not in DEPARTMENTS:
            left_out += 1
            continue
        text = anonymised(corrected.text)
        emergency = corrected.department == "emergency"
        examples.append(
            Example(text, corrected.department, emergency, analyze(text).language, origin=f"moved:{number}")
        )
    return examples, left_out

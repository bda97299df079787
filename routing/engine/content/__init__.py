"""What customers' messages are about, decided by a small trained model without any service or download.

`analyze` gives department, danger, urgency, language and the deciding words; `labels` names topics.
`docs/routing-quality.md` says how well it does.
"""

from routing.engine.content.analysis import ContentAnalysis, Evidence, analyze
from routing.engine.content.model import ContentModel, load_default_model, load_model
from routing.engine.content.topics import labels

__all__ = [
    "ContentAnalysis",
    "ContentModel",
    "Evidence",
    "analyze",
    "labels",
    "load_default_model",
    "load_model",
]

"""What customers' messages are about, decided by a small trained model without any service or download.

`analyze` gives department, danger, urgency, language, topics and the deciding words.
`docs/routing-quality.md` says how well it does.
"""

from routing.engine.content.analysis import ContentAnalysis, Evidence, analyze
from routing.engine.content.model import ContentModel, load_default_model, load_model

__all__ = [
    "ContentAnalysis",
    "ContentModel",
    "Evidence",
    "analyze",
    "load_default_model",
    "load_model",
]

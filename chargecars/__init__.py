import gc

# Importing makes many objects that stay and no garbage: looking for some after every 700, as Python does, takes a
# sixth of the time that each process needs to start. Set before the first large import, which is Celery's.
gc.set_threshold(20_000)

from chargecars.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]

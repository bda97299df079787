"""Which tests go to the same process of a parallel run: those of a file that shares something dear.

Every other test goes to whichever process is free. pytest-xdist's own mark for this (`xdist_group`) groups nothing
with pytest 9.2, silently (pytest-xdist#1386).
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

# Starting what they share takes longer than most of their tests, or their tests are about one installation.
TOGETHER = frozenset(
    {
        "tests/analytics/test_rollup_against_reference.py",
        "tests/faults/test_programme.py",
        "tests/inbox/test_browser.py",
        "tests/platform/test_up.py",
        "tests/providers/email/test_imap.py",
    }
)


class TogetherScheduling(LoadScopeScheduling):
    """A file of `TOGETHER` is one piece of work, every other test is one of its own."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file in TOGETHER else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> TogetherScheduling:
    return TogetherScheduling(config, log)

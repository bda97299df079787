from __future__ import annotations

from tests.demo.conftest import demo_settings as demo_settings

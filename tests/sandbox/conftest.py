from __future__ import annotations

from tests.demo.conftest import demo_settings as demo_settings
from tests.sandbox.customer import page as page
from tests.sandbox.customer import visitors as visitors

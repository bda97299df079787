"""Who may log in to the demo. These passwords exist nowhere else: outside the demo nobody gets one."""

from __future__ import annotations

from dataclasses import dataclass, field

ADMIN_USERNAME = "demo"
PASSWORD = "demo-chargecars"  # noqa: S105 printed by `up --demo`


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A member of staff; `roles`: entity code to role."""

    username: str
    first_name: str
    last_name: str
    roles: dict[str, str] = field(default_factory=dict)
    is_superuser: bool = False

    @property
    def email(self) -> str:
        return f"{self.username}@demo.example"


USERS = (
    DemoUser(
        ADMIN_USERNAME, "Anouk", "Beheer",
        {"chargecars": "administrator", "laderthuis": "administrator"}, is_superuser=True,
    ),
    DemoUser("cc-manager", "Mirjam", "Hoekstra", {"chargecars": "manager"}),
    DemoUser("cc-agent", "Joris", "van Leeuwen", {"chargecars": "agent"}),
    DemoUser("cc-analist", "Samira", "El Amrani", {"chargecars": "analyst"}),
    DemoUser("lt-manager", "Pieter", "Dijkstra", {"laderthuis": "manager"}),
    DemoUser("lt-agent", "Lotte", "Vermeulen", {"laderthuis": "agent"}),
    DemoUser("lt-analist", "Ruben", "Smit", {"laderthuis": "analyst"}),
    DemoUser("nachtdienst", "Karin", "Bos", {"chargecars": "agent", "laderthuis": "agent"}),
)  # fmt: skip

"""Who is told, and when, if a customer of a demo brand waits too long."""

from __future__ import annotations

from typing import Any

from channels_app.demo.brands import BrandPlan


def escalation_plan(brand: BrandPlan, code: str) -> dict[str, Any]:
    """`escalation_config` of every channel with this purpose."""
    if code == "emergency":
        return _emergency(brand)
    desk = next(line.number for line in brand.phone if line.code == "support")
    steps: list[dict[str, Any]] = []
    if brand.teams:
        team = next((team for team in brand.teams if team.code == code), brand.teams[-1])
        steps += [
            {"after_minutes": 0, "by": "teams", "to": {"kind": "channel", "value": team.code}},
            {
                "after_minutes": 30,
                "by": "teams",
                "to": {"kind": "mention_group", "value": team.mention_groups[0].lstrip("@")},
                "repeat_minutes": 60,
            },
        ]
    else:
        steps.append(
            {
                "after_minutes": 0,
                "by": "email",
                "to": {"kind": "address", "value": brand.mailboxes["support"]},
            }
        )
    steps.append(
        {
            "after_minutes": 120,
            "by": "email",
            "to": {"kind": "address", "value": f"leiding@{brand.own_domains[0]}"},
        }
    )
    return {
        "info_text": f"Kan het niet wachten? Bel ons op werkdagen tussen 09:00 en 17:00: {_spaced(desk)}.",
        "warn_before_minutes": 15,
        "steps": steps,
    }


def _emergency(brand: BrandPlan) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [
        {"after_minutes": 0, "by": "sms", "to": {"kind": "on_call"}, "repeat_minutes": 10},
        {"after_minutes": 5, "by": "phone", "to": {"kind": "on_call"}, "repeat_minutes": 10},
    ]
    if brand.teams:
        group = brand.teams[-1].mention_groups[-1].lstrip("@")
        steps.insert(
            0,
            {
                "after_minutes": 0,
                "by": "teams",
                "to": {"kind": "mention_group", "value": group},
                "repeat_minutes": 10,
            },
        )
    return {"info_text": "Bij direct gevaar: bel 112.", "warn_before_minutes": 3, "steps": steps}


def _spaced(number: str) -> str:
    """A Dutch number as people write it: +31852345001 is 085 234 5001."""
    national = "0" + number.removeprefix("+31")
    return f"{national[:3]} {national[3:6]} {national[6:]}"

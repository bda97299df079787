from __future__ import annotations

from django import template

from analytics import numbers

register = template.Library()

register.filter("whole", numbers.whole)
register.filter("decimal", numbers.decimal)
register.filter("percentage", numbers.percentage)
register.filter("minutes", numbers.minutes)

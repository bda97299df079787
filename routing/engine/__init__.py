"""Which department a message belongs to, and why: pure Python, no Django, no clock, no network.

`compile_brand` prepares a brand's configuration once; `decide` maps a message to a decision.
"""

from routing.engine.brand import CompiledBrand, compile_brand, fallback_cycles
from routing.engine.highlights import highlights
from routing.engine.pipeline import decide

__all__ = ["CompiledBrand", "compile_brand", "decide", "fallback_cycles", "highlights"]

"""Wrong decoders that pass every vector: those that no file can show, and those not shown yet."""

from __future__ import annotations

EQUIVALENT: dict[str, str] = {}  # the name of a change, and why it changes nothing

GAPS = frozenset(  # changes of another order that wait for a vector
    {
        "order: weights do not learn where no decision was taken",
        "order: alpha is inverted, too",
        "order: entries with the same value change places",
        "order: spreads are not weighted by the number",
        "order: weights are summed before they are saturated",
        "order: one sum of all inputs",
        "order: rows modulo 4096",
        "order: columns modulo 4096",
    }
)

"""What became of several files together, in a line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, OUTDATED = "done before", "outdated"
EXISTING = (DONE, OUTDATED)  # outputs that are there already
OWN_OUTPUT = "made by an earlier run"
QUIETLY = (DONE, OWN_OUTPUT)  # too many for lines of their own; the totals count them


def totals_text(reports: Sequence[dict[str, Any]]) -> str:
    """Return the totals of reports as a text, empty where a single file has its own line.

    Parameters
    ----------
    reports : sequence of dict
        Each of a file that was written (with ``input_bytes`` and ``bytes``), skipped (``why``) or
        not done (``error``).
    """
    skipped = Counter(report["why"] for report in reports if "skipped" in report)
    if len(reports) < 2 and not set(skipped) & set(QUIETLY):
        return ""
    written = [report for report in reports if not {"skipped", "error"} & set(report)]
    text = f"{len(written)} file{'' if len(written) == 1 else 's'} written"
    if written:
        before, after = (sum(r[key] for r in written) for key in ("input_bytes", "bytes"))
        text += f": {before:,} -> {after:,} bytes"
        text += f" ({100 * after / before:.1f} %)" if before else ""
        text += _palette_text(written)
    if skipped:
        causes = ", ".join(f"{count} {why}" for why, count in sorted(skipped.items()))
        text += f"; {skipped.total()} skipped ({causes})"
    failed = sum("error" in report for report in reports)
    return text + (f"; {failed} failed" if failed else "")


def _palette_text(written: Sequence[dict[str, Any]]) -> str:
    """Return what is to be said of a palette that files share."""
    if not all(report.get("shared_palette") for report in written):
        return ""
    counts = {report["colors"] for report in written}
    if len(counts) == 1:
        return f", all with the same palette of {counts.pop()} colours"
    return ", all with colours of one palette"

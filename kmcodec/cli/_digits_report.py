"""What ``kmcodec digits`` tells of groups: facts for scripts, a table for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kmcodec.digits import Agreement, Grouping

MOST_LISTED = 50  # clusters, for a person


def facts(found: Grouping, agreement: Agreement | None) -> dict[str, Any]:
    """Return number, size and shape of the images, and the clusters."""
    n, height, width = found.images.shape
    facts: dict[str, Any] = {"images": n, "width": width, "height": height}
    facts |= {"features": found.features, "inertia": round(found.inertia, 4)}
    facts["inverted"] = found.inverted
    clusters: list[dict[str, Any]] = [
        {"cluster": number, "size": size, "share": round(size / n, 6)}
        for number, size in enumerate(found.sizes.tolist())
    ]
    for cluster, name in zip(clusters, found.names, strict=False):
        cluster["from"] = name
    if agreement is not None:
        columns = zip(
            agreement.majorities.tolist(),
            agreement.purities.tolist(),
            agreement.matches,
            agreement.table.tolist(),
            strict=True,
        )
        for cluster, (digit, purity, matched, counts) in zip(clusters, columns, strict=True):
            cluster |= {"digit": digit, "purity": round(purity, 6), "matched": matched}
            cluster["counts"] = counts
        for score in ("accuracy", "purity", "nmi", "ari"):
            facts[score] = round(getattr(agreement, score), 6)
        facts["classes"] = agreement.classes.tolist()
    return facts | {"clusters": clusters}


def text(report: dict[str, Any]) -> str:
    """Return a report as a short table."""
    clusters = report["clusters"]
    size = f"{report['images']:,} images of {report['width']} x {report['height']}"
    count = f"{len(clusters)} cluster{'' if len(clusters) == 1 else 's'}"
    lines = [f"{report['input']}  {size}  {count}  {report['seconds']:.2f} s"]
    judged = "accuracy" in report
    named = any("from" in cluster for cluster in clusters)
    heads = "  cluster    size    share" + ("   digit  purity" if judged else "")
    lines.append(heads + ("  from" if named else ""))
    for cluster in clusters[:MOST_LISTED]:
        line = f"  {cluster['cluster']:>7} {cluster['size']:>7,}  {100 * cluster['share']:5.1f} %"
        if judged:
            line += f"  {cluster['digit']:>6} {100 * cluster['purity']:5.1f} %"
        lines.append(line + (f"  {cluster['from']}" if named else ""))
    if len(clusters) > MOST_LISTED:
        lines.append(f"  ... and {len(clusters) - MOST_LISTED} more; --json lists them all")
    if judged:
        names = {"accuracy": "accuracy", "purity": "purity", "nmi": "NMI", "ari": "ARI"}
        lines.append("  " + "  ".join(f"{names[s]} {report[s]:.4f}" for s in names))
    lines += _tree_lines(report.get("tree", []), len(clusters))
    lines += [f"  {kind}: {path}" for kind, path in report["outputs"].items()]
    return "\n".join(lines)


def _tree_lines(tree: list[list[Any]], n_clusters: int) -> list[str]:
    """Return which clusters join at what height, one line per node of the tree."""
    below = {number: str(number) for number in range(n_clusters)}
    lines = []
    for number, (one, other, height) in enumerate(tree, start=n_clusters):
        lines.append(f"  {below[one]} with {below[other]} at {height:,.4g}")
        below[number] = f"{below[one]}+{below[other]}"
    return lines

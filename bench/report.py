"""Turns measured costs into targets met or missed, and into Markdown."""

# Scenario, what is divided, by what, which quantity, and the bound. "at most" bounds aiolift over
# another tool; "at least" bounds another tool over aiolift.
TARGETS = (
    ("few", "aiolift", "ruff", "time", "at most", 0.40),
    ("few", "aiolift", "aiolift, scan only", "time", "at most", 3.0),
    ("many", "aiolift", "ruff", "time", "at most", 1.0),
    ("one", "aiolift", "ruff", "time", "at most", 0.6),
    ("few", "aiolift", "ruff", "memory", "at most", 1.0),
    ("many", "aiolift", "ruff", "memory", "at most", 1.0),
    ("one", "aiolift", "ruff", "memory", "at most", 1.0),
    ("copies", "aiolift, 16 copies", "aiolift, one copy", "time", "at most", 18.0),
    ("few", "ast-grep", "aiolift", "time", "at least", 10.0),
    ("many", "ast-grep", "aiolift", "time", "at least", 10.0),
    ("few", "LibCST", "aiolift", "time", "at least", 150.0),
    ("many", "LibCST", "aiolift", "time", "at least", 150.0),
)

# Scenario, tool, and the most seconds on the clock that its median run may take, on two idle cores.
LIMITS = (("few", "aiolift plan", 3.0),)


def targets(scenarios):
    """Returns one record for each target whose scenario was measured."""
    records = []
    for scenario, above, below, quantity, direction, bound in TARGETS:
        if scenario not in scenarios:
            continue
        first, second = scenarios[scenario][above], scenarios[scenario][below]
        kinds = ("cpu", "wall") if quantity == "time" else ("memory",)
        ratios = {kind: first[kind]["median"] / second[kind]["median"] for kind in kinds}
        met = all(ratio <= bound if direction == "at most" else ratio >= bound for ratio in ratios.values())
        records.append(
            {
                "scenario": scenario,
                "ratio of": f"{above} / {below}",
                "quantity": quantity,
                "target": f"{direction} {bound:g}",
                "ratios": ratios,
                "met": met,
            }
        )
    for scenario, tool, most in LIMITS:
        if scenario in scenarios:
            seconds = scenarios[scenario][tool]["wall"]["median"]
            records.append(
                {
                    "scenario": scenario,
                    "ratio of": tool,
                    "quantity": "seconds",
                    "target": f"at most {most:g}",
                    "ratios": {"wall": seconds},
                    "met": seconds <= most,
                }
            )
    return records


def table(heads, rows):
    lines = ["| " + " | ".join(heads) + " |", "| " + " | ".join("---" for _ in heads) + " |"]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def seconds(values):
    return " / ".join(f"{values[key]:.3f}" for key in ("min", "median", "max"))


def markdown(results):
    """Returns the whole report."""
    machine = results["machine"]
    parts = [
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}; "
        f"load {results['load before']:.1f} before and {results['load after']:.1f} after.",
        "; ".join(results["versions"].values()) + ".",
        table(
            ("tree", "files", "lines", "MB", "lines like a site", "files with such a line"),
            [
                (
                    name,
                    tree["files"],
                    tree["lines"],
                    f"{tree['bytes'] / 1e6:.1f}",
                    tree["lines like a site"],
                    tree["files with such a line"],
                )
                for name, tree in results["trees"].items()
            ],
        ),
        "Seconds are min / median / max.",
    ]
    rows = []
    for scenario, tools in results["scenarios"].items():
        for name, cost in tools.items():
            memory = f"{cost['memory']['median'] / 1e6:.0f}"
            rows.append((scenario, name, cost["runs"], seconds(cost["cpu"]), seconds(cost["wall"]), memory, cost["note"]))
    parts.append(table(("tree", "tool", "runs", "CPU s", "wall s", "peak MB", ""), rows))
    rows = []
    for target in results["targets"]:
        ratios = ", ".join(f"{kind} {ratio:.2f}" for kind, ratio in target["ratios"].items())
        met = "yes" if target["met"] else "**no**"
        rows.append((target["scenario"], target["ratio of"], target["quantity"], target["target"], ratios, met))
    parts.append(table(("tree", "ratio of", "what", "target", "measured", "met"), rows))
    return "\n\n".join(parts)

#!/usr/bin/env python3
"""Judge aiolift by the tests of real projects, and print the trust table.

    realworld.py --cases DIR --mirror DIR [--aiolift BINARY] [CASE...]

For every case: the project's own tests on the untouched checkout (kept for the next time),
`aiolift check` for the sites, `aiolift run` with the Python of the case as the target, and the
project's own tests again. The Markdown table on stdout says what changed, what was refused and
why, and which tests fail that did not fail before.

`--cases` names a folder with `run_case.py`, which knows how to check out a project, to build its
environment and to run its tests, and `cases.jsonl`, which holds one recipe a line. `--mirror` names
a folder with one clone a project (`owner+name/repo`). No source of any project enters this
repository.

A test counts as newly failing only if it failed after the rewrite, failed again in two repetitions,
and passes on the untouched checkout. Everything that a run finds out is kept in the results folder
(`--results`): `realworld.json` with the raw results, `table.md`, and one diff a case. A later run
repeats the tests of a case only where its diff is another one, so the whole table is cheap to bring
up to date; `--retest` repeats them all. The suites measure time, so they run one at a time, the
quickest first, and want a quiet machine.

Exit code: 0 where no case has a newly failing test and nothing went wrong, otherwise 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# What a site of any transform looks like in bytes. A case without any of these is skipped by name.
MENTIONS = re.compile(
    rb"\bgather\b|\bwait_for\b|\bget_event_loop\b|\bnew_event_loop\b|\brun_until_complete\b"
    rb"|\bensure_future\b|\bcreate_task\b|\brun_in_executor\b"
)
REQUESTS = re.compile(rb"\brequests\.(?:get|post|put|patch|delete|head|options|request|session|Session)\b")
# A table names this many newly failing tests of a case; the raw results name them all.
NAMED = 10
# What a default run should reach: a counted function, whether only its directly awaited calls count,
# and a percentage. Projects on a Python without `TaskGroup` and `timeout` are also left out once.
GOALS = (("gather", False, 60), ("wait_for", True, 90))
FIRST_TARGET = (3, 11)
# The outcome of a site that is rewritten, and how a report may also put it.
CHANGED = "change"
ALSO_CHANGED = "changed"
UNFINISHED = "(the suite did not finish)"


class Failure(Exception):
    """A case that could not be judged; the text says why."""


class Workplace:
    """The folders and programs that every case uses."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.cases_folder = options.cases.resolve()
        self.corpus = options.corpus.resolve()
        self.results = (options.results or options.corpus / "results").resolve()
        self.before = self.corpus / "work" / "before"
        self.after = self.corpus / "work" / "after"
        self.baseline_file = self.corpus / "baseline.jsonl"
        self.aiolift = find_binary(options.aiolift)
        self.flags = shlex.split(options.flags)
        self.environment = dict(os.environ, CORPUS_ROOT=str(self.corpus), NO_COLOR="1")
        if options.mirror:
            self.environment["CORPUS_MIRROR"] = str(options.mirror.resolve())
        for folder in (self.before, self.after, self.results / "diffs"):
            folder.mkdir(parents=True, exist_ok=True)
        self.recipes: dict[str, dict] = {}
        for line in (self.cases_folder / "cases.jsonl").read_text().splitlines():
            if line.strip() and not line.startswith("//"):
                recipe = json.loads(line)
                self.recipes[recipe["name"]] = recipe

    def run_case(self, name: str, *arguments: str) -> dict:
        """Run the driver of the corpus once and return the JSON line that it prints."""
        command = [sys.executable, str(self.cases_folder / "run_case.py"), name, *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        lines = done.stdout.strip().splitlines()
        if done.returncode or not lines:
            tail = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise Failure(f"`run_case.py {name}` failed: {''.join(tail) or done.returncode}")
        return json.loads(lines[-1])


def find_binary(given: Path | None) -> Path:
    """Return the aiolift to judge: the given one, or the newest build of this repository."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    candidates = [given] if given else [target / "release/aiolift", target / "debug/aiolift"]
    found = [path.resolve() for path in candidates if path.is_file()]
    if not found:
        sys.exit("No `aiolift` binary was found: build it, or name it with `--aiolift`.")
    return max(found, key=lambda path: path.stat().st_mtime)


def fingerprint(data: bytes) -> str:
    """Return a short name for some bytes."""
    return hashlib.sha256(data).hexdigest()[:16]


def in_tests(path: str, recipe: dict) -> bool:
    """Tell whether a path of a project belongs to its tests rather than to its sources."""
    return any(path == prefix or path.startswith(prefix + "/") for prefix in recipe.get("tests_paths", []))


# --- One case ------------------------------------------------------------------------------------


def mentions(checkout: Path, recipe: dict) -> int:
    """Count the bytes in the sources of a case that could be a site."""
    count = 0
    for source in recipe["src"]:
        root = checkout / source
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            if not in_tests(path.relative_to(checkout).as_posix(), recipe):
                data = path.read_bytes()
                count += len(MENTIONS.findall(data))
                if b"async def" in data:
                    count += len(REQUESTS.findall(data))
    return count


def failing(run: dict) -> set[str]:
    """Return the failing tests of a run, with one entry for a suite that did not finish."""
    names = set(run["failing"])
    if run.get("junit_error") or run.get("timed_out"):
        names.add(UNFINISHED)
    return names


def ran(run: dict) -> int:
    """Return how many tests of a run came to an end, whichever."""
    return run["passed"] + run["failed"] + run["errors"] + run["skipped"]


def baselines(place: Workplace) -> dict[str, dict]:
    """Return the kept runs of untouched tests, the last one of each case."""
    known: dict[str, dict] = {}
    if place.baseline_file.exists():
        for line in place.baseline_file.read_text().splitlines():
            run = json.loads(line)
            if run["commit"] == place.recipes.get(run["case"], {}).get("commit"):
                known[run["case"]] = run
    return known


def baseline(place: Workplace, name: str, refresh: bool) -> dict:
    """Return the run of the untouched tests, from the cache where it is there."""
    known = baselines(place)
    if not refresh and name in known:
        return known[name]
    run = place.run_case(name, str(place.before))
    if failing(run) and not run.get("as_expected"):
        # A busy machine fails tests that are not broken: what passes the second time is good.
        again = place.run_case(name, str(place.before))
        run = min(run, again, key=lambda one: len(failing(one)))
    with place.baseline_file.open("a") as file:
        file.write(json.dumps(run) + "\n")
    return run


def census(place: Workplace, name: str, folder: Path, python: Path) -> dict:
    """Count the asyncio calls of a checkout without aiolift."""
    done = subprocess.run(
        [str(python), str(HERE / "realworld_census.py"), *place.recipes[name]["src"]],
        cwd=folder, capture_output=True, text=True,
    )
    if done.returncode:
        raise Failure(f"the census failed: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def check(place: Workplace, name: str, folder: Path) -> dict:
    """Return the report of `aiolift check` on the sources of a case."""
    recipe = place.recipes[name]
    command = [str(place.aiolift), "check", "--output-format", "json", "--target-version", target(recipe)]
    done = subprocess.run(
        [*command, *place.flags, *recipe["src"]],
        cwd=folder, capture_output=True, text=True, env=place.environment,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = {}
    if report.get("schema_version") != 1 or "sites" not in report:
        said = (done.stderr or done.stdout).strip()[-300:]
        raise Failure(f"`aiolift check` printed no report (exit code {done.returncode}): {said}")
    report["exit_code"] = done.returncode
    for site in report["sites"]:
        if site["outcome"] == ALSO_CHANGED:
            site["outcome"] = CHANGED
        site["path"] = Path(os.path.relpath(folder / site["path"], folder)).as_posix()
    return report


def target(recipe: dict) -> str:
    """Return the target version of a case: the Python that its tests run on."""
    return "py" + recipe["py"].replace(".", "")


def unlisted(calls: list[dict], sites: list[dict]) -> list[str]:
    """Return the counted calls that the report does not speak of."""
    lines: dict[str, set[int]] = {}
    for site in sites:
        lines.setdefault(site["path"], set()).add(site["line"])
    return [
        f"{call['path']}:{call['line']} `{call['function']}`"
        for call in calls
        if lines.get(call["path"], set()).isdisjoint(range(call["first_line"], call["last_line"] + 1))
    ]


def judge(place: Workplace, name: str, options: argparse.Namespace, previous: dict) -> dict:
    """Run one case and return its results."""
    recipe = place.recipes[name]
    setup = place.run_case(name, "--setup")
    python = Path(setup["venv"]) / "bin" / "python"
    result: dict = {
        "case": name, "repository": recipe["repo"], "commit": recipe["commit"],
        "python": recipe["py"], "mentions": mentions(Path(setup["src"]), recipe),
    }
    if not result["mentions"]:
        return dict(result, skipped="no source mentions anything that a transform looks for")

    folder = place.after / name
    place.run_case(name, str(place.after), "--no-tests")
    report = check(place, name, folder)
    counted = census(place, name, folder, python)
    quoted = " ".join(map(shlex.quote, [str(place.aiolift), "run", "--allow-dirty", "--target-version",
                                        target(recipe), *place.flags]))
    rewrite = place.run_case(name, str(place.after), "--keep", "--no-tests", "--codemod", quoted + " {paths}")
    diff = subprocess.run(["git", "diff"], cwd=folder, capture_output=True, check=True).stdout
    (place.results / "diffs" / f"{name}.diff").write_bytes(diff)
    counted_after = census(place, name, folder, python)
    left = [site for site in check(place, name, folder)["sites"] if site["outcome"] == CHANGED]
    result.update(
        sites=report["sites"], check_errors=report.get("errors", []),
        census_before=counted, census_after=counted_after,
        unlisted=unlisted(counted["calls"], report["sites"]),
        run={key: rewrite.get(key) for key in ("codemod_rc", "codemod_seconds", "codemod_tail",
                                               "diffstat", "changed_files", "syntax_errors")},
        diff=fingerprint(diff), not_idempotent=left,
    )
    known = {}
    if previous.get("diff") == result["diff"] and "after" in previous:
        known = {key: previous[key] for key in ("before", "after", "newly_failing", "flaky", "missing")}
    if options.no_tests or (known and not options.retest and not known["newly_failing"]):
        return dict(result, **known)

    before = baseline(place, name, options.refresh_baseline)
    result["before"] = before
    if not diff:
        return dict(result, after=before, newly_failing=[], flaky=[], missing=0)
    after = place.run_case(name, str(place.after), "--keep", "--phase", "after")
    suspects = failing(after) - failing(before)
    missing = max(0, ran(before) - ran(after))
    confirmed, flaky = believe(place, name, suspects)
    return dict(result, after=after, newly_failing=sorted(confirmed), flaky=sorted(flaky), missing=missing)


def believe(place: Workplace, name: str, suspects: set[str]) -> tuple[set[str], set[str]]:
    """Split failing tests into those that fail whenever they run and those that do not.

    Each suspect runs twice more, alone with the other suspects. One that passes there runs once more
    with the whole suite, since the order of tests may matter to it. What still fails also runs on the
    untouched checkout, where it has to pass to be our fault.
    """
    if not suspects:
        return set(), set()
    only = selection(place.recipes[name], suspects)
    standing = set(suspects)
    for turn in ("again-1", "again-2"):
        standing &= failing(place.run_case(name, str(place.after), "--keep", "--phase", turn, *only))
    if only and standing != suspects:
        whole = place.run_case(name, str(place.after), "--keep", "--phase", "again-3")
        standing |= failing(whole) & suspects
    if standing:
        standing -= failing(place.run_case(name, str(place.before), "--phase", "untouched", *only))
    return standing, suspects - standing


def selection(recipe: dict, suspects: set[str]) -> list[str]:
    """Return the arguments that run only these tests, or none where they have no plain names."""
    names = sorted({suspect.partition("::")[2].partition("[")[0] for suspect in suspects})
    if len(names) > 40 or not all(re.fullmatch(r"test\w*", name) for name in names):
        return []
    expression = " or ".join(names)
    if recipe.get("k"):
        expression = f"({recipe['k']}) and ({expression})"
    return [f"--pytest-extra=-k {shlex.quote(expression)}"]


# --- The table -----------------------------------------------------------------------------------


def source_sites(result: dict, recipe: dict) -> list[dict]:
    """Return the sites of a case that lie in its sources."""
    return [site for site in result.get("sites", []) if not in_tests(site["path"], recipe)]


def gone(results: list[dict], recipes: dict[str, dict], function: str, awaited: bool) -> str:
    """Return how many calls of a function the sources had, and how many of these are gone."""
    def count(result: dict, when: str) -> int:
        return sum(
            call["function"] == function and (call["awaited"] or not awaited)
            and not in_tests(call["path"], recipes[result["case"]])
            for call in result[when]["calls"]
        )
    total = sum(count(result, "census_before") for result in results)
    left = sum(count(result, "census_after") for result in results)
    return f"{total - left} of {total} ({100 * (total - left) / total if total else 0:.0f} %)"


def shares(results: list[dict], recipes: dict[str, dict]) -> list[str]:
    """Return the published percentages, counted without the tool."""
    able = [result for result in results if tuple(map(int, result["python"].split("."))) >= FIRST_TARGET]
    version = ".".join(map(str, FIRST_TARGET))
    return [
        f"- {'Directly awaited ' if awaited else ''}`asyncio.{function}` calls in sources that are gone: "
        f"{gone(results, recipes, function, awaited)}, the goal is {goal} %; "
        f"directly awaited in projects on Python {version} or newer: {gone(able, recipes, function, True)}."
        for function, awaited, goal in GOALS
    ]


def listed(counter: Counter) -> str:
    """Return a counter as `name 3, other 1`, most frequent first."""
    ordered = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"`{name}` {count}" for name, count in ordered)


def tests(run: dict | None) -> str:
    """Return what a test run found."""
    if run is None:
        return "–"
    bad = run["failed"] + run["errors"]
    return f"{run['passed']} passed" + (f", {bad} failed" if bad else "")


def row(result: dict, recipe: dict) -> str:
    """Return the line of the table for one case."""
    sites = source_sites(result, recipe)
    outcomes = Counter(site["outcome"] for site in sites)
    refused = Counter(site.get("reason") or "(no reason)" for site in sites if site["outcome"] == "refused")
    others = "".join(f"; {name} {outcomes[name]}" for name in sorted(outcomes) if name not in (CHANGED, "refused"))
    new = result.get("newly_failing")
    cells = [
        f"{result['case']} ({result['python']})", str(len(sites)), str(outcomes[CHANGED]),
        (listed(refused) or "–") + others, tests(result.get("before")), tests(result.get("after")),
        "–" if new is None else str(len(new)),
    ]
    return "| " + " | ".join(cells) + " |"


def table(results: dict[str, dict], recipes: dict[str, dict]) -> str:
    """Return the whole report as Markdown."""
    judged = [result for result in results.values() if "sites" in result]
    lines = [
        "| Case (Python) | Sites | Changed | Refused, by reason | Tests before | Tests after | Newly failing |",
        "| --- | ---: | ---: | --- | --- | --- | ---: |",
        *(row(result, recipes[result["case"]]) for result in judged),
    ]
    everything = [site for result in judged for site in source_sites(result, recipes[result["case"]])]
    tested = [result for result in judged if "newly_failing" in result]
    new = sum(len(result["newly_failing"]) for result in tested)
    changed = sum(site["outcome"] == CHANGED for site in everything)
    lines += ["", f"**{len(judged)} projects, {len(everything)} sites in sources, {changed} changed; "
                  f"{len(tested)} test suites run again, {new} newly failing tests.**", ""]
    lines += shares(judged, recipes)
    lines += ["", "| Transform | Sites | Changed | Other outcomes | Refused, by reason |"]
    lines.append("| --- | ---: | ---: | --- | --- |")
    for transform in sorted({site["transform"] for site in everything}):
        own = [site for site in everything if site["transform"] == transform]
        outcomes = Counter(site["outcome"] for site in own)
        reasons = Counter(site.get("reason") or "(no reason)" for site in own if site["outcome"] == "refused")
        rest = Counter({name: count for name, count in outcomes.items() if name not in (CHANGED, "refused")})
        cells = [f"`{transform}`", str(len(own)), str(outcomes[CHANGED]), listed(rest) or "–", listed(reasons) or "–"]
        lines.append("| " + " | ".join(cells) + " |")
    lines += notes(results, judged)
    return "\n".join(lines) + "\n"


def notes(results: dict[str, dict], judged: list[dict]) -> list[str]:
    """Return what a reader has to know beside the numbers."""
    found: list[str] = []
    for result in judged:
        name = result["case"]
        failures = result.get("newly_failing", [])
        found += [f"{name}: newly failing: `{test}`" for test in failures[:NAMED]]
        if len(failures) > NAMED:
            found.append(f"{name}: and {len(failures) - NAMED} newly failing tests more")
        found += [f"{name}: failed once, then passed: `{test}`" for test in result.get("flaky", [])]
        if result.get("missing"):
            found.append(f"{name}: {result['missing']} tests that ran before did not run after the rewrite")
        found += [f"{name}: not listed by `check`: {call}" for call in result["unlisted"]]
        found += [f"{name}: does not compile after the run: {error}" for error in result["run"]["syntax_errors"] or []]
        found += [f"{name}: a second run would still change {site['path']}:{site['line']} (`{site['transform']}`)"
                  for site in result["not_idempotent"]]
        found += [f"{name}: `check` reported an error: {json.dumps(error)}" for error in result["check_errors"]]
        if result["run"]["codemod_rc"]:
            found.append(f"{name}: `aiolift run` ended with exit code {result['run']['codemod_rc']}")
        if result.get("before") and failing(result["before"]):
            found.append(f"{name}: {len(failing(result['before']))} tests already failed on the untouched checkout")
    found += [f"{name}: not judged: {result['failure']}" for name, result in results.items() if "failure" in result]
    skipped = [result["case"] for result in results.values() if "skipped" in result]
    if skipped:
        found.append(f"skipped, since no source mentions anything that a transform looks for: {', '.join(skipped)}")
    binaries = {result["aiolift"] for result in results.values()}
    if len(binaries) > 1:
        found.append("the cases were judged with different builds of aiolift")
    return ["", *(f"- {note}" for note in found)] if found else []


# --- The run -------------------------------------------------------------------------------------


def arguments() -> argparse.Namespace:
    """Read the command line."""
    home = os.environ.get("CORPUS_ROOT", os.path.expanduser("~/.cache/aiolift-corpus"))
    mirror = os.environ.get("CORPUS_MIRROR")
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("case", nargs="*", help="the cases to judge (default: all)")
    parser.add_argument("--cases", type=Path, required=True, help="the folder with run_case.py and cases.jsonl")
    parser.add_argument("--mirror", type=Path, default=Path(mirror) if mirror else None,
                        help="the folder with the clones (default: $CORPUS_MIRROR)")
    parser.add_argument("--corpus", type=Path, default=Path(home),
                        help="work space for checkouts and environments (default: $CORPUS_ROOT)")
    parser.add_argument("--results", type=Path, help="where the results are kept (default: results/ in the work space)")
    parser.add_argument("--aiolift", type=Path, help="the binary (default: the newest build of this repository)")
    parser.add_argument("--flags", default="", help="further flags for aiolift, such as '--unsafe'")
    parser.add_argument("--under", type=float, metavar="SECONDS", help="only cases whose suite takes less")
    parser.add_argument("--no-tests", action="store_true", help="check and rewrite only")
    parser.add_argument("--retest", action="store_true", help="run the tests even where the diff is known")
    parser.add_argument("--refresh-baseline", action="store_true", help="run the untouched tests again")
    parser.add_argument("--table", action="store_true", help="run nothing, print the table of the kept results")
    return parser.parse_args()


def chosen(place: Workplace, options: argparse.Namespace) -> list[str]:
    """Return the cases to judge, those with the quickest suites first."""
    unknown = [name for name in options.case if name not in place.recipes]
    if unknown:
        sys.exit(f"There is no case named {', '.join(unknown)}; known are {', '.join(place.recipes)}.")
    known = baselines(place)

    def seconds(name: str) -> float:
        expected = place.recipes[name].get("expect", {}).get("seconds", 100)
        return known.get(name, {}).get("seconds", expected)

    names = [name for name in options.case or place.recipes
             if options.under is None or seconds(name) < options.under]
    return sorted(names, key=seconds)


def summary(result: dict) -> str:
    """Return what happened to a case, in one line."""
    if "sites" not in result:
        return result.get("failure") or result["skipped"]
    changed = sum(site["outcome"] == CHANGED for site in result["sites"])
    told = f"{changed} of {len(result['sites'])} sites changed"
    if "newly_failing" in result:
        told += f", {len(result['newly_failing'])} tests newly failing"
    return told


def main() -> int:
    """Judge the chosen cases and print the table."""
    options = arguments()
    place = Workplace(options)
    kept_in = place.results / "realworld.json"
    kept: dict[str, dict] = json.loads(kept_in.read_text()) if kept_in.exists() else {}
    if not options.table:
        if not shutil.which("uv"):
            sys.exit("`uv` is not on PATH: install it with `pip install uv`.")
        binary = fingerprint(place.aiolift.read_bytes())
        for name in chosen(place, options):
            start = time.monotonic()
            previous = kept.get(name, {})
            try:
                result = judge(place, name, options, previous)
            except Failure as failure:
                result = {"case": name, "failure": str(failure)}
            seconds = round(time.monotonic() - start, 1)
            kept[name] = dict(result, aiolift=binary, flags=place.flags, seconds=seconds)
            kept_in.write_text(json.dumps(kept, indent=1) + "\n")
            print(f"{name}: {summary(result)} ({seconds} s)", file=sys.stderr, flush=True)
    ordered = {name: kept[name] for name in place.recipes if name in kept}
    report = table(ordered, place.recipes)
    (place.results / "table.md").write_text(report)
    print(report, end="")
    bad = any(
        "failure" in result or any(result.get(key) for key in ("newly_failing", "missing", "not_idempotent"))
        or result.get("run", {}).get("syntax_errors")
        for result in ordered.values()
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

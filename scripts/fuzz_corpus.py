"""Writes the programs of the pages and of the behaviour tests as seeds for the fuzz targets.

    python3 scripts/fuzz_corpus.py && cargo +nightly fuzz run pipeline
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = re.compile(r"^```python (?:before|unchanged|refused|kept).*?\n(.*?)^```$", re.M | re.S)


def programs():
    """Every program with a name that says where it is from."""
    for page in sorted(ROOT.glob("transforms/*/README.md")):
        for number, example in enumerate(EXAMPLE.findall(page.read_text("utf-8"))):
            yield f"{page.parent.name}_{number}", example
    for path in sorted(ROOT.glob("tests/behavior/**/*.py")):
        yield f"{path.parent.name}_{path.stem}", path.read_text("utf-8")


def main():
    for target in ("pipeline", "lift"):
        folder = ROOT / "fuzz" / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        count = 0
        for name, text in programs():
            (folder / f"{name}.py").write_text(text, "utf-8")
            count += 1
        print(f"{count} programs in {folder.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

"""Build the documentation as a web site: python scripts/site.py [FOLDER, `site` by default].

The pages are those of the repository: README.md, CHANGELOG.md, docs/ and the page of each
transform. Needs mkdocs-material. A link that leads nowhere is an error.
"""

import argparse
import os
import posixpath
import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]

# A link of Markdown whose target is no address and no place of the same page.
LINK = re.compile(r"(\]\()(?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?(\))")


def pages():
    """Every page: its path in the repository, its path on the site."""
    yield "README.md", "index.md"
    yield "CHANGELOG.md", "changelog.md"
    yield "CONTRIBUTING.md", "contributing.md"
    for page in sorted((REPOSITORY / "transforms").glob("*/README.md")):
        name = page.parent.name
        yield f"transforms/{name}/README.md", f"transforms/{name.replace('_', '-')}.md"
    for page in sorted((REPOSITORY / "docs").rglob("*.md")):
        inside = page.relative_to(REPOSITORY).as_posix()
        yield inside, inside.removeprefix("docs/")


def fences(text):
    """The kind of an example stands behind its language, where the site shows the language only."""
    return re.sub(r"^```python (?:before|after|keep|refuse)\b.*$", "```python", text, flags=re.M)


def relinked(text, here, there, known):
    """A page with its links to other pages as they are on the site; others become plain text."""

    def link(match):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(here), match[2]))
        for candidate in (target, f"{target}/README.md"):
            if candidate in known:
                to = posixpath.relpath(known[candidate], posixpath.dirname(there) or ".")
                return f"{match[1]}{to}{match[3] or ''}{match[4]}"
        if not (REPOSITORY / target).exists():
            raise SystemExit(f"{here}: the link to `{match[2]}` leads nowhere")
        return f"{match[1]}{posixpath.relpath('sources.md', posixpath.dirname(there) or '.')}{match[4]}"

    return LINK.sub(link, text)


def main(site):
    known = dict(pages())
    with tempfile.TemporaryDirectory() as folder:
        docs = Path(folder, "docs")
        for here, there in known.items():
            text = (REPOSITORY / here).read_text(encoding="utf-8")
            target = docs / there
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(fences(relinked(text, here, there, known)), encoding="utf-8")
        (docs / "sources.md").write_text(
            "# In the repository\n\nThe link leads to a file that is part of the repository and not"
            " of this site.\n",
            encoding="utf-8",
        )
        settings = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
        settings += f"docs_dir: {docs}\nsite_dir: {Path(site).resolve()}\n"
        Path(folder, "mkdocs.yml").write_text(settings, encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict"]
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
        return subprocess.run(command, cwd=folder, env=environment).returncode


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default="site", metavar="FOLDER")
    sys.exit(main(parser.parse_args().folder))

"""The command `aiolift`, in the process of Python."""

import sys

# The module `signal` would import `enum`, which takes longer than everything else here.
import _signal  # type: ignore[import-not-found]

from aiolift._aiolift import run_command


def main() -> int:
    """Run the command with the arguments of the process and return its exit code."""
    # While Rust works nobody would notice the flag that Python sets when Ctrl-C is pressed.
    _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    return run_command(["aiolift", *sys.argv[1:]], sys.executable or None)


if __name__ == "__main__":
    sys.exit(main())

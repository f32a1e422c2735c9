"""How long the command of the wheel takes to start, beside Python alone.

    python -m venv fresh && fresh/bin/pip install .
    python bench/start.py fresh

Prints the least milliseconds of processors of many runs, interleaved, and their ratios; exits with 1
where the command takes more than 1.6 times as long as `python -c pass`.
"""

import os
import sys
from pathlib import Path

ROUNDS = 80
LIMIT = 1.6


def processors(command: list[str]) -> float:
    """Milliseconds that a run takes."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0, command
    return (usage.ru_utime + usage.ru_stime) * 1000


def main() -> int:
    programs = Path(sys.argv[1]).absolute() / "bin"
    python, console = str(programs / "python"), str(programs / "aiolift")
    commands = {
        "python -c pass": [python, "-c", "pass"],
        "aiolift --version": [console, "--version"],
        "aiolift list": [console, "list"],
        "python -m aiolift --version": [python, "-m", "aiolift", "--version"],
    }
    least = dict.fromkeys(commands, float("inf"))
    for _ in range(ROUNDS):
        for what, command in commands.items():
            least[what] = min(least[what], processors(command))
    alone = least["python -c pass"]
    for what, milliseconds in least.items():
        print(f"{what:28} {milliseconds:6.1f} ms {milliseconds / alone:6.2f}")
    return int(least["aiolift --version"] > LIMIT * alone)


if __name__ == "__main__":
    sys.exit(main())

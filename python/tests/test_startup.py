"""How long the command takes to start, in processor time: a busy machine changes it little."""

import os
from pathlib import Path

ROUNDS = 30


def processor_time(command: list[str]) -> float:
    """The least that a command takes."""
    least = float("inf")
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    for _ in range(ROUNDS):
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=quiet)
        _, status, usage = os.wait4(pid, 0)
        assert status == 0
        least = min(least, usage.ru_utime + usage.ru_stime)
    return least


def test_the_command_starts_little_later_than_python(console: Path, programs: Path) -> None:
    nothing = processor_time([str(programs / "python"), "-c", "pass"])
    command = processor_time([str(console), "--version"])
    assert command <= 1.6 * nothing, f"{command:.4f} s, and {nothing:.4f} s for Python alone"

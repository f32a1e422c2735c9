"""Runs commands and measures what the kernel says they cost.

Started as a program, it runs one command and prints its cost. The suite measures in such a process of
its own because Linux counts the memory of the process that starts a command as that command's, too.
"""

import os
import sys
import time


def main():
    """Runs the command in the arguments, output discarded; prints exit code, CPU, wall and peak memory."""
    null = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_RDWR, 0) for number in (0, 1, 2)]
    started = time.perf_counter()
    child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=null)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    code = os.waitstatus_to_exitcode(status)
    print(code, usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024)


class Cost:
    """What one run took: processor seconds, seconds on the clock, and peak memory in bytes."""

    def __init__(self, cpu, wall, memory):
        self.cpu, self.wall, self.memory = cpu, wall, memory

    def extrapolated(self, start, factor):
        """Returns the cost of ``factor`` times the work, starting up only once."""
        return Cost(
            start.cpu + (self.cpu - start.cpu) * factor,
            start.wall + (self.wall - start.wall) * factor,
            self.memory,
        )


def run(command, accepted=(0,), env=None):
    """Runs a command to its end and returns its cost with that of its children."""
    import subprocess

    command = [str(part) for part in command]
    line = subprocess.check_output([sys.executable, "-I", "-S", __file__, *command], env=env, text=True)
    code, cpu, wall, memory = line.split()
    if int(code) not in accepted:
        raise SystemExit(f"exit code {code} from: {' '.join(command)}")
    return Cost(float(cpu), float(wall), int(memory))


def interleaved(contenders, runs):
    """Runs every contender once for the caches, then A B C A B C …, and returns the costs by name.

    A slow contender may ask for fewer runs; it takes part in the first rounds.
    """
    for contender in contenders:
        contender.warm_up()
    costs = {contender.name: [] for contender in contenders}
    for round_number in range(runs):
        for contender in contenders:
            if contender.most_runs is None or round_number < contender.most_runs:
                costs[contender.name].append(contender.run())
    return costs


def spread(values):
    """Returns the smallest, the middle and the largest value."""
    import statistics

    return {"min": min(values), "median": statistics.median(values), "max": max(values)}


def summary(costs):
    """Condenses the runs of one contender."""
    return {
        "runs": len(costs),
        "cpu": spread([cost.cpu for cost in costs]),
        "wall": spread([cost.wall for cost in costs]),
        "memory": spread([cost.memory for cost in costs]),
    }


if __name__ == "__main__":
    main()

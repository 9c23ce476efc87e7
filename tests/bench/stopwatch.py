"""Runs one program and writes down what it took.

Its arguments are the file to write to and the program. It runs in a bare interpreter (``python -I -S``) because Linux
counts towards a program's peak memory what its parent held when it was started.
"""

import os
import sys
from time import perf_counter


def main(report, *command):
    began = perf_counter()
    process = os.posix_spawnp(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    wall_s = perf_counter() - began
    figures = (os.waitstatus_to_exitcode(status), wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
    with open(report, "w") as file:  # noqa: PTH123 - pathlib takes as much memory as the rest
        file.write(" ".join(map(str, figures)))


main(*sys.argv[1:])

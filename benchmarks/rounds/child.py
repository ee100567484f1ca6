"""An engine in a process of its own: its seconds, CPU seconds and peak memory, and an end at 1.2 times the limit."""

from __future__ import annotations

import json
import os
import platform
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

START_S = 5.0  # for Python and its imports, on top of the limit


def run_engine(name: str, instance: dict[str, Any], seconds: float, seed: int) -> dict[str, Any]:
    """What the engine wrote (nothing, when it was killed or failed), with seconds, cpu_s, peak_mb and killed."""
    with tempfile.TemporaryDirectory(prefix="doorstep-bench-") as folder:
        source, target = Path(folder, "instance.json"), Path(folder, "answer.json")
        source.write_text(json.dumps(instance), "utf-8")
        command = [sys.executable, "-m", "benchmarks.rounds.engines", name, str(source), str(target)]
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        child = subprocess.Popen(
            [*command, str(seconds), str(seed)],
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        memory = Memory(child.pid)
        try:
            _, error = child.communicate(timeout=1.2 * seconds + START_S)
            killed = False
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            _, error = child.communicate()
            killed = True
        took = time.perf_counter() - began
        peak = memory.stop()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        answer = json.loads(target.read_text("utf-8")) if target.exists() and not killed else {}
        if child.returncode and not killed:
            print(error.decode(errors="replace")[-2000:], file=sys.stderr)
    return {**answer, "seconds": took, "cpu_s": cpu, "peak_mb": peak, "killed": killed}


class Memory:
    """The largest sum of resident memory of a process and all below it, looked at ten times a second (Linux)."""

    def __init__(self, pid: int) -> None:
        self.pid, self.peak_kb = pid, 0
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def stop(self) -> float:
        """The peak in MB."""
        self.done.set()
        self.thread.join()
        return self.peak_kb / 1024

    def _watch(self) -> None:
        while not self.done.wait(0.1):
            self.peak_kb = max(self.peak_kb, sum(map(_resident_kb, _family(self.pid))))


def _family(pid: int) -> list[int]:
    found = [pid]
    for one in found:
        try:
            below = Path(f"/proc/{one}/task/{one}/children").read_text().split()
        except OSError:
            below = []
        found += map(int, below)
    return found


def _resident_kb(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * (resource.getpagesize() // 1024)
    except (OSError, IndexError, ValueError):
        return 0


def machine() -> dict[str, Any]:
    """Where the figures were measured, and how busy it was."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
    except OSError:
        cpu = platform.processor()
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load_average": [round(value, 2) for value in os.getloadavg()],
        "python": platform.python_version(),
    }

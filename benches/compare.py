#!/usr/bin/env python3
"""Times a full-history scan of a repository by keyhound, by `git cat-file` and by other scanners, in turn.

usage: benches/compare.py [--runs N] [--peers DIR] REPOSITORY...

Prints a row of a Markdown table for each repository: the fastest of N runs of each, in seconds, with keyhound's peak
memory, and how many times longer than keyhound the others took. Scanners are looked for in DIR, else on PATH; those that
are not there are left out. Seconds mean little on a busy machine; believe the ratios of one row.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time


def commands(repository, peers, out):
    def find(name):
        return shutil.which(name, path=peers) if peers else shutil.which(name)

    keyhound = pathlib.Path(__file__).parent.parent / "target/release/keyhound"
    if not keyhound.exists():
        sys.exit("target/release/keyhound is missing: run `cargo build --release` first")
    found = {
        "keyhound": [keyhound, "scan", "--history-only", "--format", "jsonl", "--output", f"{out}/k", repository],
        "git cat-file": ["git", "-C", repository, "cat-file", "--batch-all-objects", "--batch", "--unordered", "--buffer"],
    }
    if kingfisher := find("kingfisher"):
        found["kingfisher"] = [kingfisher, "scan", repository, "--no-validate", "--format", "jsonl", "-o", f"{out}/f", "-q"]
    if betterleaks := find("betterleaks"):
        found["betterleaks"] = [betterleaks, "git", repository, "--no-banner", "--jsonl", "-s", "-o", f"{out}/b.jsonl"]
    if gitleaks := find("gitleaks"):
        found["gitleaks"] = [gitleaks, "git", repository, "--no-banner", "-r", f"{out}/l", "-f", "json", "--log-opts=--all"]
    return found


def run(command):
    """Seconds and peak memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def summary(repository):
    out = subprocess.run(["git", "-C", repository, "count-objects", "-v"], capture_output=True, text=True).stdout
    return re.search(r"in-pack: (\d+)", out).group(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers")
    parser.add_argument("repository", nargs="+")
    options = parser.parse_args()
    for repository in options.repository:
        with tempfile.TemporaryDirectory() as out:
            rows = {}
            for name, command in commands(repository, options.peers, out).items():
                run(command)  # warms the page cache for everyone alike
                rows[name] = min(run(command) for _ in range(options.runs))
        own, memory = rows.pop("keyhound")
        others = " | ".join(f"{name} {t:.2f} s ({t / own:.1f}×)" for name, (t, _) in rows.items())
        print(f"| {pathlib.Path(repository).name} | {summary(repository)} | {own:.2f} s, {memory:.0f} MB | {others} |")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Times a full-history scan of a repository by keyhound, by `git cat-file` and by other scanners, in turn.

usage: benches/compare.py [--runs N] [--peers DIR] [--fill] REPOSITORY...

Prints a row of a Markdown table for each repository: the median of N runs of each, in seconds, with keyhound's peak
memory, and how many times longer than keyhound the others took. Scanners are looked for in DIR, else on PATH; those that
are not there are left out. Seconds mean little on a busy machine; believe the ratios of one row.

A clone may lack blobs. Scanners that read what `git log` prints end at the first of them, early or late: such a row says
"stopped". With --fill all are run on a copy (by hard links) in which a placeholder stands for each blob that is not there,
as `git replace` does it.
"""

import argparse
import os
import pathlib
import re
import shutil
import statistics
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


def run(command, path):
    """Seconds, peak memory in MB, and whether it says that it did not get to the end."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        environment = {**os.environ, "PATH": path}
        process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=said, env=environment)
        _, _, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        said.seek(0)
        stopped = re.search(rb"incomplete scan|fatal: unable|stderr is not empty", said.read()) is not None
    return seconds, usage.ru_maxrss / 1024, stopped


def git(repository, *arguments, text=None):
    command = ["git", "-C", repository, *arguments]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.strip()


def filled(repository, folder):
    """A copy of a repository that lacks no blob, and a PATH on which git lets all see that."""
    folder = pathlib.Path(folder)
    source, copy = git(repository, "rev-parse", "--absolute-git-dir"), folder / pathlib.Path(repository).resolve().name
    shutil.copytree(source, copy, copy_function=os.link)
    # Linked files are those of the original: what is written to must be a file of its own.
    for name in ("config", "packed-refs"):
        if (copy / name).exists():
            (copy / name).unlink()
            shutil.copy(pathlib.Path(source) / name, copy / name)
    placeholder = git(copy, "hash-object", "-w", "--stdin", text="not in this clone\n")
    for line in git(copy, "rev-list", "--objects", "--all", "--missing=print").splitlines():
        if line.startswith("?"):
            git(copy, "update-ref", f"refs/replace/{line[1:]}", placeholder)
    shim = folder / "bin" / "git"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nunset GIT_NO_REPLACE_OBJECTS\nexec {shutil.which("git")} "$@"\n')
    shim.chmod(0o755)
    return copy, f"{shim.parent}{os.pathsep}{os.environ['PATH']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers")
    parser.add_argument("--fill", action="store_true")
    parser.add_argument("repository", nargs="+")
    options = parser.parse_args()
    for repository in options.repository:
        name = pathlib.Path(repository).name
        near = pathlib.Path(repository).resolve().parent if options.fill else None
        with tempfile.TemporaryDirectory() as out, tempfile.TemporaryDirectory(dir=near) as folder:
            path = os.environ["PATH"]
            if options.fill:
                repository, path = filled(repository, folder)
            rows = {}
            for scanner, command in commands(repository, options.peers, out).items():
                run(command, path)  # warms the page cache for everyone alike
                runs = [run(command, path) for _ in range(options.runs)]
                rows[scanner] = (statistics.median(t for t, _, _ in runs), max(m for _, m, _ in runs), runs[0][2])
        own, memory, _ = rows.pop("keyhound")
        others = " | ".join(
            f"{scanner} {t:.2f} s ({'stopped' if stopped else f'{t / own:.1f}×'})" for scanner, (t, _, stopped) in rows.items()
        )
        print(f"| {name} | {own:.2f} s, {memory:.0f} MB | {others} |", flush=True)


if __name__ == "__main__":
    main()

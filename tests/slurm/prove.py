"""Prove the SLURM profile on a private cluster with faults: the bytes must be those of a local run. `make slurm`.

Run from the root of the repository as `python tests/slurm/prove.py [TARGET ...]`, as root (up.sh starts daemons);
targets are those of tests/tiny, `results/tables` if none is named.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import yaml

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1])]

from working_folder import ROOT, SNAKEMAKE, hashes, snakemake, tiny  # noqa: E402

MINUTES = 30


def profile_in(folder):
    """The profile, with less waiting; the first `split` is far over its memory, `train` has a minute an attempt."""
    profile = yaml.safe_load((ROOT / "workflow/profiles/slurm/config.yaml").read_text())
    profile |= {"latency-wait": 10, "slurm-init-seconds-before-status-checks": 5}
    profile["set-resources"]["split"] = {"mem_mb": "20 if attempt == 1 else 2000"}
    profile["set-resources"]["train"]["runtime"] = "attempt"
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(profile))
    return folder


class Run:
    """A run of the tiny experiment on the cluster, at which faults are thrown."""

    def __init__(self, folder, cluster, targets):
        self.folder, self.cluster, self.targets = folder, cluster, targets
        self.until = time.monotonic() + 60 * MINUTES
        self.profile = profile_in(folder.with_name("profile"))
        self.log = (folder / "slurm.log").open("a")
        self.start()

    def start(self):
        """Start Snakemake, as a user does."""
        command = [*SNAKEMAKE, "--directory", str(self.folder), *self.targets, "--profile", str(self.profile)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)

    def wait(self, found, what):
        """Wait until `found` gives something."""
        while not (result := found()):
            if self.process.poll() is not None or time.monotonic() > self.until:
                sys.exit(f"{what}: expected to see this, got none\n{Path(self.log.name).read_text()[-5000:]}")
            time.sleep(0.5)
        say(what)
        return result

    def running(self, rule):
        """Numbers of the running jobs of a rule."""
        listed = subprocess.run(["squeue", "-h", "-t", "R", "-o", "%A %k"], capture_output=True, text=True).stdout
        return [line.split()[0] for line in listed.splitlines() if rule in line.partition(" ")[2]]

    def told(self, text):
        """Whether Snakemake has written this."""
        return text in Path(self.log.name).read_text()


def say(line):
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def script_of(rule, folder):
    """Process of a rule's script in this folder."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if words[-1:] and words[-1].endswith(f".{rule}.py") and process.cwd() == str(folder):
            return process
    return None


def throw(run):
    """Throw every fault at a run, each while it works."""
    run.wait(lambda: run.told("Trying to restart job"), "over memory: split was killed and is tried again")
    job = run.wait(lambda: run.running("covers"), "covers are being made")[0]
    subprocess.run(["scancel", job], check=True)
    say(f"scancel {job}")
    run.wait(lambda: run.running("shard") or run.running("sweep"), "shards are being made")
    subprocess.run(["scontrol", "update", "nodename=n1", "state=down", "reason=proof"], check=True)
    say("node n1 down")
    time.sleep(10)
    controller = int((run.cluster / "run/slurmctld.pid").read_text())
    os.kill(controller, signal.SIGTERM)
    psutil.wait_procs([psutil.Process(controller)] if psutil.pid_exists(controller) else [], timeout=30)
    subprocess.run(["slurmctld", "-f", str(run.cluster / "slurm.conf")], check=True)
    say("controller started again")
    time.sleep(10)
    if run.process.poll() is not None:
        sys.exit(f"expected Snakemake to live through this, it ended\n{Path(run.log.name).read_text()[-5000:]}")
    os.killpg(run.process.pid, signal.SIGKILL)
    run.process.wait()
    say("snakemake killed")
    for _ in range(60):
        if subprocess.run(["scontrol", "ping"], capture_output=True).returncode == 0:
            break
        time.sleep(0.5)
    subprocess.run(["scontrol", "update", "nodename=n1", "state=resume"], check=False)  # it may be back by itself
    subprocess.run(["scancel", "--user=root"], check=False)
    snakemake(run.folder, "--unlock", *run.targets)
    run.start()
    say("node n1 up, snakemake started again")
    stopped = run.wait(lambda: script_of("train", run.folder), "a training runs")
    stopped.suspend()
    say("training hung: its minute will be over")
    run.wait(lambda: not stopped.is_running() or stopped.status() == psutil.STATUS_ZOMBIE, "over time: killed")


def main():
    targets = sys.argv[1:] or ["results/tables"]
    with tempfile.TemporaryDirectory(prefix="slurm-") as name:
        local, far = tiny(Path(name) / "local"), tiny(Path(name) / "far")
        cluster = Path(name) / "cluster"
        snakemake(local, "--cores", 2, *targets)
        say("local run done")
        subprocess.run([HERE / "up.sh", cluster], check=True)
        try:
            run = Run(far, cluster, targets)
            throw(run)
            code = run.process.wait(timeout=max(1, run.until - time.monotonic()))
            if code:
                sys.exit(f"snakemake: expected to end well, got {code}\n{Path(run.log.name).read_text()[-5000:]}")
        finally:
            subprocess.run([HERE / "down.sh", cluster], check=False)
        here, there = hashes(local), hashes(far)
        different = sorted(path for path in here | there if here.get(path) != there.get(path))
        if different:
            sys.exit(f"expected the bytes of the local run, got others: {', '.join(different)}")
        say(f"{len(here)} files, the same bytes as of the local run")


if __name__ == "__main__":
    main()

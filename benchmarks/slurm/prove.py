"""Prove the SLURM profile on a private cluster: the bytes must be those of a local run. `make slurm`.

Run from the root of the repository as root (up.sh starts daemons):
  python -m benchmarks.slurm.prove [TARGET ...]            tests/tiny, with faults
  python -m benchmarks.slurm.prove --sample [TARGET ...]   config.yaml's run `sample`, with accounting, without faults
Targets are `results/tables` if none is named.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psutil
import yaml

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))

from working_folder import ROOT, SNAKEMAKE, hashes, snakemake, tiny

HERE = Path(__file__).resolve().parent
MINUTES = 40
#: Epochs of a training of the tiny experiment, so that a fault can fall between two.
EPOCHS = 30


def say(line):
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def printed_by(*command):
    """What a command of SLURM prints, or nothing while the controller is away."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def profile_in(folder, *, accounting):
    """The profile with less waiting, as a user with or without accounting has it.

    The first `split` is far over its memory, `train` has a minute an attempt.
    """
    text = (ROOT / "workflow/profiles/slurm/config.yaml").read_text()
    if accounting:  # what the profile's comments tell such a user to do
        text = text.replace("# slurm_account: \"'ACCOUNT'\"", "slurm_account: \"'proof'\"")
        text = re.sub(r"(?m)^# Without accounting: .*\n(slurm-.*)\n", "", text)
    profile = yaml.safe_load(text)
    assert ("slurm_account" in profile["default-resources"]) == accounting == ("slurm-no-account" not in profile)
    profile |= {"latency-wait": 10, "slurm-init-seconds-before-status-checks": 5}
    if not accounting:
        profile["set-resources"]["split"] = {"mem_mb": "20 if attempt == 1 else 2000"}
        profile["set-resources"]["train"]["runtime"] = "attempt"
    folder.mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(profile))
    return folder


def longer_tiny(folder):
    """The tiny experiment with longer trainings."""
    path = tiny(folder) / "config.yaml"
    config = yaml.safe_load(path.read_text())
    for recipe in config["recipes"].values():
        recipe["epochs"] = EPOCHS
    path.write_text(yaml.safe_dump(config))
    return folder


def sample(folder):
    """A folder with the configuration that `make tables` runs."""
    folder.mkdir()
    (folder / "config.yaml").write_text((ROOT / "config.yaml").read_text())
    return folder


class Run:
    """A run on the cluster, at which faults are thrown."""

    def __init__(self, folder, cluster, targets, *, accounting):
        self.folder, self.cluster, self.targets = folder, cluster, targets
        self.until = time.monotonic() + 60 * MINUTES
        self.profile = profile_in(folder.with_name("profile"), accounting=accounting)
        self.log = (folder / "slurm.log").open("a")
        self.start()

    def start(self):
        """Start Snakemake, as a user does."""
        command = [*SNAKEMAKE, "--directory", str(self.folder), *self.targets, "--profile", str(self.profile)]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True)

    def fail(self, line):
        """End with what was expected, the errors that Snakemake printed and its last lines."""
        text = Path(self.log.name).read_text()
        errors = re.findall(r"(?ms)^Error in (?:rule|group) .*?\n(?=\S)", text)
        sys.exit("\n".join([line, *errors[-5:], text[-5000:], f"{self.folder} is kept"]))

    def wait(self, found, what):
        """Wait until `found` gives something."""
        while not (result := found()):
            if self.process.poll() is not None or time.monotonic() > self.until:
                self.fail(f"{what}: expected to see this, got none")
            time.sleep(0.2)
        say(what)
        return result

    def end(self):
        """Wait for Snakemake to end well."""
        code = self.process.wait(timeout=max(1, self.until - time.monotonic()))
        if code:
            self.fail(f"snakemake: expected to end well, got {code}")

    def running(self, rule):
        """Number and node of a running job of a rule (a regular expression; GROUP_RULE of a group), or None.

        A job counts from its third second on: SLURM does not start one again whose node is lost while it is launched.
        """
        for line in printed_by("squeue", "-h", "-t", "R", "-o", "%A %N %M %k").splitlines():
            job, node, elapsed, comment = line.split(maxsplit=3)
            launched = elapsed not in ("0:00", "0:01", "0:02")
            if launched and re.match(rf"(rule_)?({rule})(_wildcards_|$)", comment):
                return job, node
        return None

    def told(self, text):
        """Whether Snakemake has written this."""
        return text in Path(self.log.name).read_text()

    def script_of(self, rule):
        """Process of a rule's script in this run."""
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            with suppress(psutil.Error):
                if words[-1:] and words[-1].endswith(f".{rule}.py") and process.cwd() == str(self.folder):
                    return process
        return None


def started_again(job, node=None):
    """Whether a job runs, or has run, once more: on another node than the one given."""
    text = printed_by("scontrol", "show", "job", job)
    fields = dict(re.findall(r"(\w+)=(\S+)", text))
    again = fields.get("Restarts", "0") != "0" and fields.get("JobState") in ("RUNNING", "COMPLETING", "COMPLETED")
    return again and fields.get("NodeList") != node


def crash(run, node):
    """Kill a node: its slurmd and all processes of its jobs, as a power cut would."""
    lost = printed_by("squeue", "-h", "-w", node, "-o", "%A").split()
    os.kill(int((run.cluster / f"run/slurmd-{node}.pid").read_text()), signal.SIGKILL)
    for step in psutil.process_iter(["cmdline"]):
        of_job = re.match(r"slurmstepd: \[(\d+)\.", " ".join(step.info["cmdline"] or []))
        if of_job and of_job[1] in lost:
            with suppress(psutil.Error):
                kill([*step.children(recursive=True), step])
    subprocess.run(["scontrol", "update", f"nodename={node}", "state=down", "reason=proof"], check=True)


def kill(processes):
    """Kill processes, some of which may have ended."""
    for process in processes:
        with suppress(psutil.Error):
            process.kill()


def left_in(folder):
    """Processes that work in a folder or below."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if Path(process.cwd()).is_relative_to(folder):
                yield process


def restart_controller(run):
    """Stop slurmctld and start it again."""
    controller = int((run.cluster / "run/slurmctld.pid").read_text())
    os.kill(controller, signal.SIGTERM)
    while psutil.pid_exists(controller):
        time.sleep(0.1)
    subprocess.run(["slurmctld", "-f", str(run.cluster / "slurm.conf")], check=True)
    while subprocess.run(["scontrol", "ping"], capture_output=True, check=False).returncode:
        time.sleep(0.5)


def throw_at_embedding(run):
    """Memory, scancel, a node, the controller and Snakemake itself."""
    run.wait(
        lambda: run.told("Error in rule split") and run.told("Trying to restart"), "over memory: split is tried again"
    )
    job, _ = run.wait(lambda: run.running("covers_covers"), "a group of covers is being made")
    subprocess.run(["scancel", job], check=True)
    say(f"scancel {job}")
    job, node = run.wait(lambda: run.running("embed|precomputed"), "shards are being made")
    crash(run, node)
    say(f"node {node} of job {job} crashed")
    run.wait(lambda: started_again(job, node), f"job {job} was started again by SLURM on another node")
    subprocess.run(["slurmd", "-N", node, "-f", str(run.cluster / "slurm.conf")], check=True)
    restart_controller(run)
    say(f"controller started again, node {node} too")
    time.sleep(10)
    if run.process.poll() is not None:
        run.fail("expected Snakemake to live through this, it ended")
    os.killpg(run.process.pid, signal.SIGKILL)
    run.process.wait()
    say("snakemake killed")
    subprocess.run(["scancel", "--user=root"], check=True)
    snakemake(run.folder, "--unlock", *run.targets)
    run.start()
    say("snakemake started again")


def throw_at_training(run):
    """A training that hangs until its time is over, and one that is preempted."""
    stopped = run.wait(lambda: run.script_of("train"), "a training runs")
    stopped.suspend()
    say("training hung: its minute will be over")
    run.wait(lambda: not stopped.is_running() or stopped.status() == psutil.STATUS_ZOMBIE, "over time: killed")
    log, job, epoch = run.wait(lambda: between_epochs(run), "a training is between two epochs, and held there")
    subprocess.run(["scontrol", "requeue", job], check=True)  # wakes it up and sends SIGTERM
    say(f"requeue {job} after epoch {epoch}")
    run.wait(lambda: started_again(job), f"job {job} was started again by SLURM")

    def went_on():
        match = re.search(r"going on at epoch (\d+)", text_of(log))
        return match and int(match[1]) >= epoch and match[0]

    say(f"... and is {run.wait(went_on, 'it goes on from its checkpoint')}")


def text_of(log):
    """What a log holds: nothing for a moment where Snakemake has removed it to start the job again."""
    try:
        return log.read_text()
    except FileNotFoundError:
        return ""


def between_epochs(run):
    """Log, job and last whole epoch of a training that has some to come, and was stopped; None if there is none."""
    process, job = run.script_of("train"), run.running("train")
    try:
        logs = sorted((run.folder / "results/logs/train").rglob("*.log"), key=lambda path: path.stat().st_mtime)
    except FileNotFoundError:
        return None
    if not (process and job and logs):
        return None
    epochs = re.findall(rf"epoch (\d+)/{EPOCHS}", text_of(logs[-1]))
    if not epochs or not 2 <= int(epochs[-1]) <= EPOCHS // 2:
        return None
    with suppress(psutil.Error):
        process.suspend()
        return logs[-1], job[0], int(epochs[-1])
    return None


def compare(here, there):
    """End unless two folders have the same results."""
    different = sorted(path for path in here | there if here.get(path) != there.get(path))
    if different or not here:
        sys.exit(f"expected the bytes of the local run, got others: {', '.join(different)}")
    say(f"{len(here)} files, the same bytes as of the local run")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("targets", nargs="*", default=["results/tables"])
    options = parser.parse_args()
    os.environ.pop("SLURM_CONF", None)
    os.environ["PATH"] += ":/usr/sbin"  # as in up.sh
    prepare = sample if options.sample else longer_tiny
    folder = Path(tempfile.mkdtemp(prefix="slurm-"))
    folder.chmod(0o755)  # the data base's user reads below it
    local, far, cluster = prepare(folder / "local"), prepare(folder / "far"), folder / "cluster"
    snakemake(local, "--cores", "all", *options.targets)
    say("local run done")
    run = None
    try:
        up = [HERE / "up.sh", cluster, *(["accounting"] if options.sample else [])]
        if code := subprocess.run(up, check=False).returncode:
            sys.exit(code)
        run = Run(far, cluster, options.targets, accounting=options.sample)
        if not options.sample:
            throw_at_embedding(run)
            throw_at_training(run)
        run.end()
    finally:
        if run is not None and run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGKILL)
        subprocess.run([HERE / "down.sh", cluster], check=False)
        kill(left_in(folder))
    compare(hashes(local), hashes(far))
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()

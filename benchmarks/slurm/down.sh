#!/usr/bin/env bash
# Stop what up.sh started, by its pid files: benchmarks/slurm/down.sh FOLDER
set -u
dir=${1:?folder of the cluster}
unset SLURM_CONF
# where up.sh found a real SLURM there is nothing of ours to cancel
[ "$(readlink /etc/slurm/slurm.conf)" = "$dir/slurm.conf" ] && scancel --full --user=root 2>/dev/null
for file in "$dir"/run/slurmd-*.pid "$dir"/run/slurmctld.pid "$dir"/run/slurmdbd.pid "$dir"/mysqld/pid "$dir"/run/munged.pid; do
  [ -s "$file" ] || continue
  pid=$(cat "$file")
  # the number may be another process's by now
  [[ $(cat "/proc/$pid/comm" 2>/dev/null) == @(slurm*|munged|mariadbd) ]] || continue
  kill "$pid" 2>/dev/null || continue
  for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  kill -9 "$pid" 2>/dev/null
done
for file in slurm.conf gres.conf; do
  [ "$(readlink /etc/slurm/$file)" = "$dir/$file" ] && rm -f /etc/slurm/$file
done
true

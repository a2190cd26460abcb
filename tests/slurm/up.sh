#!/usr/bin/env bash
# Bring a private SLURM up on this machine, as root, without systemd: slurmctld and three slurmd, the third with a (faked)
# GPU, no accounting. All state lies under the folder given; down.sh FOLDER stops what runs from there.
#   tests/slurm/up.sh FOLDER
set -euo pipefail
dir=${1:?folder for the state of the cluster}
here=$(hostname -s)
port=26817
# where a real cluster is configured, keep away from it
for file in slurm.conf gres.conf; do
  if [ -e /etc/slurm/$file ] && [ ! -L /etc/slurm/$file ]; then
    echo "/etc/slurm/$file belongs to a real SLURM: run this on another machine or in a container" >&2
    exit 1
  fi
done
if ! command -v slurmctld >/dev/null || ! command -v munged >/dev/null; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge >"${TMPDIR:-/tmp}/slurm-apt.log" 2>&1
fi
mkdir -p "$dir"/{state,spool,log,run,munge} /etc/slurm
chmod 0755 "$dir"
chmod 0700 "$dir/munge"
(umask 377 && head -c 1024 /dev/urandom >"$dir/munge/key")
munged --force --socket="$dir/run/munge.socket" --key-file="$dir/munge/key" --pid-file="$dir/run/munged.pid" \
  --log-file="$dir/log/munged.log" --seed-file="$dir/munge/seed"
cat >"$dir/slurm.conf" <<C
ClusterName=private
SlurmctldHost=$here(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd-%n.pid
SlurmdSpoolDir=$dir/spool/%n
StateSaveLocation=$dir/state
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd-%n.log
SlurmdParameters=config_overrides
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,batch_sched_delay=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
KillWait=30
MinJobAge=600
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
GresTypes=gpu
C
[ -e "$dir/gpu" ] || mknod "$dir/gpu" c 1 3
echo "NodeName=n3 Name=gpu File=$dir/gpu" >"$dir/gres.conf"
for i in 1 2 3; do
  mkdir -p "$dir/spool/n$i"
  gres=""
  [ $i = 3 ] && gres="Gres=gpu:1"
  echo "NodeName=n$i NodeHostname=$here NodeAddr=127.0.0.1 Port=$((port + i)) CPUs=8 RealMemory=32000 $gres" >>"$dir/slurm.conf"
done
echo "PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP" >>"$dir/slurm.conf"
echo "PartitionName=gpu Nodes=n3 MaxTime=INFINITE State=UP" >>"$dir/slurm.conf"
# inside a job the executor plugin drops SLURM_CONF, so the files must lie at SLURM's own place
for file in slurm.conf gres.conf; do ln -sfn "$dir/$file" /etc/slurm/$file; done
slurmctld -c -f "$dir/slurm.conf"
for i in 1 2 3; do slurmd -N n$i -f "$dir/slurm.conf"; done
for _ in $(seq 300); do
  [ "$(sinfo -h -N -o %t 2>/dev/null | grep -c idle)" = 3 ] && exit 0
  sleep 0.1
done
echo "the nodes did not come up: see $dir/log" >&2
exit 1

#!/usr/bin/env bash
# Bring a private SLURM up on this machine, as root, without systemd: slurmctld and three slurmd, the third with a (faked)
# GPU; with accounting also MariaDB and slurmdbd, and an account `proof`. All state lies under the folder given; down.sh
# FOLDER stops what runs from there.
#   benchmarks/slurm/up.sh FOLDER [accounting]
# Exit code 77: this machine has a SLURM of its own, or none can be installed.
set -euo pipefail
unset SLURM_CONF
export PATH=$PATH:/usr/sbin # the daemons' place, which a plain login lacks
dir=${1:?folder for the state of the cluster}
accounting=${2:-none}
trap 'tail -v -n 3 "$dir"/log/*.log >&2' ERR
here=$(hostname -s)
port=26817
# where a real cluster is configured, keep away from it
configured=$(readlink /etc/slurm/slurm.conf || true)
other=$(dirname "${configured:-none}")
for file in slurm.conf gres.conf; do
  if [ -e /etc/slurm/$file ] && ! [[ $(readlink /etc/slurm/$file) == */slurm-????????/cluster/$file ]]; then
    echo "/etc/slurm/$file is not prove.py's, so of a real SLURM: run this on another machine or in a container" >&2
    exit 77
  fi
done
# a proof that was killed leaves its links, and perhaps daemons: the next one clears them away
if [ -n "$configured" ]; then
  if scontrol ping >/dev/null 2>&1; then
    echo "$other is a private SLURM that runs: wait for its end, or stop it by benchmarks/slurm/down.sh $other" >&2
    exit 1
  fi
  "$(dirname "$0")/down.sh" "$other"
fi
needed=(slurmctld munged)
packages=(slurm-wlm munge)
if [ "$accounting" = accounting ]; then
  needed+=(slurmdbd mariadbd)
  packages+=(slurmdbd mariadb-server)
fi
if ! (for name in "${needed[@]}"; do command -v "$name" >/dev/null || exit 1; done); then
  { apt-get update -qq &&
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >/dev/null || exit 77
fi
mkdir -p "$dir"/{state,spool,log,run,munge} /etc/slurm
chmod 0755 "$dir"
chmod 0700 "$dir/munge"
(umask 377 && head -c 1024 /dev/urandom >"$dir/munge/key")
munged --force --socket="$dir/run/munge.socket" --key-file="$dir/munge/key" --pid-file="$dir/run/munged.pid" \
  --log-file="$dir/log/munged.log" --seed-file="$dir/munge/seed"
storage=AccountingStorageType=accounting_storage/none
if [ "$accounting" = accounting ]; then
  storage="AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort=$((port + 5))
AccountingStoragePass=$dir/run/munge.socket"
  mkdir -p "$dir/mysql" "$dir/mysqld"
  chown mysql:mysql "$dir/mysql" "$dir/mysqld"
  mariadb-install-db --no-defaults --user=mysql --datadir="$dir/mysql" --skip-test-db >"$dir/log/mysql-install.log" 2>&1
  database=(--no-defaults --socket="$dir/mysqld/socket")
  setsid mariadbd "${database[@]}" --user=mysql --datadir="$dir/mysql" --bind-address=127.0.0.1 --port=$((port + 6)) \
    --pid-file="$dir/mysqld/pid" --innodb-buffer-pool-size=128M >"$dir/log/mysqld.log" 2>&1 </dev/null &
  for _ in $(seq 300); do mariadb-admin "${database[@]}" ping >/dev/null 2>&1 && break; sleep 0.1; done
  mariadb "${database[@]}" -e "create database slurm_acct_db; create user 'slurm'@'127.0.0.1' identified by 'slurm';
    create user 'slurm'@'localhost' identified by 'slurm'; grant all on slurm_acct_db.* to 'slurm'@'127.0.0.1';
    grant all on slurm_acct_db.* to 'slurm'@'localhost'"
  (umask 077 && cat >"$dir/slurmdbd.conf") <<C
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.socket
DbdHost=localhost
DbdPort=$((port + 5))
SlurmUser=root
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort=$((port + 6))
StorageUser=slurm
StoragePass=slurm
StorageLoc=slurm_acct_db
PidFile=$dir/run/slurmdbd.pid
LogFile=$dir/log/slurmdbd.log
C
fi
cat >"$dir/slurm.conf" <<C
ClusterName=private
SlurmctldHost=$here(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$dir/run/munge.socket,cred_expire=10
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
$storage
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
if [ "$accounting" = accounting ]; then
  # slurmdbd looks for its file where slurm.conf lies
  SLURM_CONF="$dir/slurm.conf" slurmdbd
  for _ in $(seq 300); do sacctmgr -n list cluster >/dev/null 2>&1 && break; sleep 0.1; done
  sacctmgr -i add cluster private >/dev/null
  sacctmgr -i add account proof description=proof organization=proof >/dev/null
  sacctmgr -i add user root account=proof >/dev/null
fi
slurmctld -c -f "$dir/slurm.conf"
for i in 1 2 3; do slurmd -N n$i -f "$dir/slurm.conf"; done
up=$((SECONDS + 60))
while [ $SECONDS -lt $up ]; do
  [ "$(sinfo -h -N -o %t 2>/dev/null | grep -c idle)" = 3 ] && exit 0
  sleep 0.1
done
echo "the nodes did not come up within a minute: see $dir/log; does another slurmctld hold port $port?" >&2
exit 1

# The plan of the configuration, and what rules take from it by their wildcards (workflow/wildcards.py).
import re
import sys

from snakemake.settings.types import RerunTrigger

from models.features import FEATURES
from stegdata.sources.kinds import KINDS
from stegdata.splits import SPLITS
from workflow import gpus, upgrade
from workflow.configuration import ConfigError, check
from workflow.plan import KAGGLE, Plan
from workflow.report import published
from workflow.wildcards import *  # functions of wildcards, by the names that rules give

try:
    PLAN = Plan(check(config, " + ".join(map(str, workflow.configfiles))))
except ConfigError as error:
    sys.exit(str(error))
BY = Rules(PLAN)
EMBEDDED = embedded_sets()
# what jobs read of the configuration has its defaults, and its names as texts
config.update(PLAN.config)

# Only newer inputs and other parameters, versions of methods among them, make a job run again. A newer copy of a script or
# another list of inputs does not: an update of this project trains no network again. Settings are not there yet.
TRIGGERS = frozenset({RerunTrigger.MTIME, RerunTrigger.PARAMS, RerunTrigger.SOFTWARE_ENV})
workflow.__class__ = type("Workflow", (type(workflow),), {"rerun_triggers": TRIGGERS})

# a local run starts no more trainings than there are GPUs; a cluster's scheduler distributes them itself
if workflow.local_exec and gpus.count() and "gpu" not in workflow.global_resources:
    workflow.register_resource("gpu", gpus.count())


wildcard_constraints:
    source="[a-z0-9][a-z0-9+-]*",
    quality=r"\d+",
    features="|".join(FEATURES),
    stego_set=r"[a-z][a-z0-9+.-]*",
    tested_source="[a-z0-9][a-z0-9+-]*",
    tested_set=r"[a-z][a-z0-9+.-]*",
    combination="[a-z0-9][a-z0-9+-]*(/on/[a-z0-9][a-z0-9+-]*)?",
    split="|".join(SPLITS),
    shard=r"\d{3}",
    val="(val-)?",

# The plan of the configuration, and what rules take from it by their wildcards (workflow/wildcards.py).
import re
import sys

from models.classifiers import VERSION as CLASSIFIERS_VERSION
from models.features import FEATURES
from models.scores import VERSION as SCORES_VERSION
from stegdata.sources.kinds import KINDS
from stegdata.splits import SPLITS
from workflow import gpus, upgrade
from workflow.configuration import ConfigError, check
from workflow.plan import KAGGLE, Plan
from workflow.report import published
from workflow.wildcards import DETECTORS, FEATURE_DETECTORS, MEANS, NETWORKS, PRECOMPUTED_SETS, Rules
from workflow.wildcards import compressed, covers_of, embedded, embedded_sets, embedder_version, extracted
from workflow.wildcards import feature_version, of_combined, rising, scoring_gpus, sources_combined

try:
    PLAN = Plan(check(config, " + ".join(map(str, workflow.configfiles))))
except ConfigError as error:
    sys.exit(str(error))
BY = Rules(PLAN)
EMBEDDED = embedded_sets()
# what jobs read of the configuration has its defaults, and its names as texts
config.update(PLAN.config)

upgrade.keep_finished(workflow)

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

"""Say how to get ALASKA2."""

from stegdata import DataError
from workflow.job import job

with job(snakemake) as say:
    raise DataError(
        "resources/alaska2: expected a folder with Cover, JMiPOD, JUNIWARD and UERD, found none: accept the rules of "
        "the Kaggle competition alaska2-image-steganalysis, download and unpack it, and name the folder under "
        "sources.alaska2-crop.path in config.yaml (or link it as resources/alaska2)"
    )

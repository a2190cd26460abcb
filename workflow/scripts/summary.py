"""Sum up the scores of all detectors of a run."""

from stegdata.names import StegoSet, TrainedDetector
from workflow.job import job

with job(snakemake) as log:
    from workflow.report import summary

    names = snakemake.params.scorings
    scorings = [(TrainedDetector.parse(detector), StegoSet.parse(tested)) for detector, tested in names]
    results = summary.collect(scorings)
    summary.write(snakemake.output[0], results)
    log(f"{len(results)} rows")

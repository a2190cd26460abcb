"""Draw the figures of a finished run and lay them out on one page."""

from pathlib import Path

from workflow.job import job

with job(snakemake) as say:
    from workflow.report import page

    given = snakemake.input
    inputs = page.Inputs(
        splits=list(map(Path, given.splits)),
        manifests=list(map(Path, given.manifests)),
        pairs=[Path(path).with_name("pairs.tsv") for path in given.manifests],
        metrics=list(map(Path, given.metrics)),
        scores=list(map(Path, given.scores)),
        shown=[(Path(path), page.strips.jpeg_covers_of(Path(path))) for path in given.shards],
        tables=Path(given.tables),
        curves=Path(given.figures),
        benchmarks=Path("results/benchmarks"),
        cross=Path(given.cross) if given.get("cross") else None,
    )
    page.write(Path(snakemake.output.page), Path(snakemake.output.figures), inputs, dict(snakemake.params.items()))
    say(f"{len(inputs.metrics)} trainings, {len(inputs.manifests)} stego sets")

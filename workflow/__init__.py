"""The Snakemake workflow's own code, and the command `stego`: the only places that know all packages."""

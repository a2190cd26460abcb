"""Several payloads in one job: the same shards as one job each, and clear which job makes what."""

import yaml
from working_folder import ROOT, hashes_of, snakemake

from stegdata import shards

SETS = ["suniward-0.2bpp", "suniward-0.4bpp", "uerd-q75-0.2bpnzac", "uerd-q75-0.4bpnzac"]
MANIFESTS = [f"results/shards/sample/{name}/manifest.tsv" for name in SETS]


def configured(folder):
    """tests/tiny with a run of two payloads, and one of the same payloads in lists of their own."""
    config = yaml.safe_load((ROOT / "tests" / "tiny" / "config.yaml").read_text())
    spatial = {"sources": ["sample"], "networks": ["xu-net"], "heads": ["fc"], "embedders": ["suniward"]}
    jpeg = spatial | {"embedders": ["uerd"], "qualities": [75]}
    both = [one | {"payloads": [0.4, 0.2]} for one in (spatial, jpeg)]
    each = [one | {"payloads": [payload]} for one in (spatial, jpeg) for payload in (0.2, 0.4)]
    overlap = [spatial | {"payloads": [0.4, 0.2]}, spatial | {"payloads": [0.1, 0.2, 0.3]}]
    runs = {"both": both, "each": each, "overlap": overlap}
    common = {"seeds": [1], "recipes": {"xu-net": "tiny"}}
    config |= {"run": "both", "runs": {name: common | {"experiments": found} for name, found in runs.items()}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


def test_payloads_of_one_list_are_one_job_and_the_bytes_of_one_job_each(tmp_path):
    folder = configured(tmp_path)
    done = snakemake(folder, "--cores", 2, *MANIFESTS)
    # 12 train, 4 val, 8 test covers by eights: 4 shards, of 2 embedders at 2 payloads
    assert done.stdout.count("rule sweep_suniward-0.2bpp-0.4bpp:") == 4
    assert done.stdout.count("rule sweep_uerd-q75-0.2bpnzac-q75-0.4bpnzac:") == 4
    assert "rule shard:" not in done.stdout and "rule jpeg_shard:" not in done.stdout
    swept = hashes_of(folder / "results/shards")
    assert len(swept) == 4 * (4 + 2)
    shard = shards.read(folder / "results/shards/sample/uerd-q75-0.2bpnzac/test-000.h5")
    assert abs(shard.entropy_bits - 0.2 * shard.elements).max() < 1
    for path in swept:
        path.unlink()
    done = snakemake(folder, "--cores", 2, *MANIFESTS, "--config", "run=each")
    assert done.stdout.count("rule shard:") == done.stdout.count("rule jpeg_shard:") == 8
    assert "rule covers:" not in done.stdout and "sweep" not in done.stdout
    assert hashes_of(folder / "results/shards") == swept


def test_a_payload_of_two_lists_belongs_to_the_first(tmp_path):
    folder = configured(tmp_path)
    plan = snakemake(folder, "-n", "results/tables", "--config", "run=overlap").stdout
    assert "sweep_suniward-0.2bpp-0.4bpp " in plan and "sweep_suniward-0.1bpp-0.3bpp " in plan
    other = snakemake(folder, "-n", "results/shards/sample/suniward-0.7bpp/manifest.tsv").stdout
    assert "rule shard:" in other and "sweep" not in other

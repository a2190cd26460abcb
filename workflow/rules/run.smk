# What a run of config.yaml asks for: its stego sets, trainings and what is made of them, as lists of paths.


def stego_sets_of(experiment):
    """Stego sets of an experiment: embedders (or unions of some) x payloads x, for JPEG, qualities."""
    for embedder_names, payload in product(experiment["embedders"], experiment["payloads"]):
        names = tuple(embedder_names.split("+"))
        unit = EMBEDDERS[names[0]].unit.lower()
        if payload == GIVEN:
            yield StegoSet(names, None, None, None)
        else:
            qualities = experiment["qualities"] if names[0] in JPEG else [None]
            yield from (StegoSet(names, quality, payload, unit) for quality in qualities)


def sweeps_of(run):
    """(embedder, quality, payloads) -> sources, where an experiment lists several payloads: one job embeds them all.

    A stego set that two experiments list belongs to the first of them.
    """
    taken, sweeps = set(), {}
    for e in run["experiments"]:
        made = [stego_set for stego_set in stego_sets_of(e) if stego_set.payload is not None]
        sources = dict.fromkeys(part for union in e["sources"] for part in union.split("+"))
        kinds = dict.fromkeys((name, stego_set.quality) for stego_set in made for name in stego_set.embedders)
        for source, (embedder, quality) in product(sources, kinds):
            payloads = dict.fromkeys(s.payload for s in made if embedder in s.embedders and s.quality == quality)
            keys = {payload: (source, embedder, quality, payload) for payload in payloads}
            left = tuple(sorted(payload for payload, key in keys.items() if key not in taken))
            taken |= set(keys.values())
            if len(left) > 1:
                sweeps.setdefault((embedder, quality, left), []).append(source)
    return sweeps


def trainings_of(run):
    """Folders of all trainings of a run, each once."""
    folders = (
        f"results/training/{union}/{stego_set}/{network}-{head}/{(run['recipes'] | e.get('recipes', {}))[network]}/"
        f"seed-{seed}"
        for e in run["experiments"]
        for union, stego_set, network, head, seed in product(
            e["sources"], stego_sets_of(e), e["networks"], e["heads"], e.get("seeds", run["seeds"])
        )
    )
    return list(dict.fromkeys(folders))


def manifests_of(run):
    """Manifests of all stego sets of a run, each once."""
    return expand("results/shards/{stego_set}/manifest.tsv", stego_set=stego_sets_by_source(run))


def cards_of(run):
    """Pages on all stego sets of a run, each once."""
    return expand("results/datasets/{stego_set}.md", stego_set=stego_sets_by_source(run))


def stego_sets_by_source(run):
    """Source and stego set, as in paths, of all single stego sets of a run, each once."""
    names = (
        f"{source}/{embedder}-{stego_set.condition}"
        for e in run["experiments"]
        for union, stego_set in product(e["sources"], [*stego_sets_of(e), *start_sets_of(run, e)])
        for source in union.split("+")
        for embedder in stego_set.embedders
    )
    return list(dict.fromkeys(names))


def start_sets_of(run, experiment):
    """Stego sets that trainings of an experiment start from, where these are others than its own."""
    for network, stego_set in product(experiment["networks"], stego_sets_of(experiment)):
        recipe = recipe_named((run["recipes"] | experiment.get("recipes", {}))[network])
        while (start := recipe.get("start")) is not None:
            if "payload" in start:
                stego_set = replace(stego_set, payload=float(start["payload"]))
                yield stego_set
            recipe = recipe_named(start["recipe"])


def described_sources(run):
    """Sources of a run as a reader of the report may see them: without paths, which tell of the machine."""
    return {
        name: {key: value for key, value in config["sources"][name].items() if key != "path"} for name in splits_of(run)
    }


def recipes_of(run):
    """Recipes of a run, and those that they start from, by name."""
    named = list(dict.fromkeys(Path(training).parts[-2] for training in trainings_of(run)))
    for name in named:  # grows on the way
        start = config["recipes"][name].get("start")
        if start is not None and start["recipe"] not in named:
            named.append(start["recipe"])
    return {name: config["recipes"][name] for name in named}


def cross_if_made(wildcards):
    """The cross-dataset matrix, where a user asked for one: it takes a scoring of each training on each stego set."""
    return "results/cross" if Path("results/cross").is_dir() else []


def shown_shards(run):
    """One shard of each stego set that the report shows: the first of test, or of train where there is no test."""
    manifests = [Path(manifest) for manifest in manifests_of(run)]
    splits = ["test" if source_named(manifest.parts[2])["test"] else "train" for manifest in manifests]
    return [str(manifest.with_name(f"{split}-000.h5")) for manifest, split in zip(manifests, splits)]


def shown_covers(run):
    """Folders of the JPEG covers of these shards, as shards need not keep coefficients."""
    shown = [Path(path).with_suffix("").parts[2:] for path in shown_shards(run)]
    folders = (
        f"results/covers/{source}/q{quality}/{shard}"
        for source, stego_set, shard in shown
        if (quality := stego_set_named(stego_set).quality) is not None
    )
    return list(dict.fromkeys(folders))


def yardsticks_of(run):
    """Folders of the yardsticks of a run: one for each union and stego set."""
    return list(dict.fromkeys(str(Path(t).parents[2] / "spam-lda/yardstick/seed-0") for t in trainings_of(run)))


def splits_of(run):
    """Source -> its split.tsv, of all sources of a run."""
    names = {part for e in run["experiments"] for union in e["sources"] for part in union.split("+")}
    return {name: f"results/covers/{name}/split.tsv" for name in sorted(names)}


def crosses_of(run):
    """Metrics of every training of a run on every stego set of the run that has images of its size."""
    sets = dict.fromkeys(
        (union, str(stego_set)) for e in run["experiments"] for union in e["sources"] for stego_set in stego_sets_of(e)
    )

    def size_of(union):
        return config["sources"][union.partition("+")[0]]["size"]

    return [
        f"{training.replace('results/training/', 'results/cross-scores/')}/on/{other}/{other_set}/metrics.json"
        for training in trainings_of(run)
        for other, other_set in sets
        if size_of(Path(training).parts[2]) == size_of(other)
        and apart(Path(training).parts[2], other, config["sources"])
    ]

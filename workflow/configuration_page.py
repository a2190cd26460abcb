"""The page `docs/configuration.md`, made from the models: python -m workflow.configuration_page."""

from collections.abc import Iterator
from typing import get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from models.recipe import Recipe
from models.values import Value
from workflow.configuration import Configuration, Experiment, Run, Source

EXAMPLES = {
    "The file": "run: mine\nseed: 1\nsources: {...}\nruns: {...}",
    "A source": "sources:\n  mine: {kind: folder, path: /data/images, train: 4000, val: 1000, test: 5000}",
    "A recipe": "recipes:\n  quick: {epochs: 12, batch_images: 32, schedule: cosine, augment: true}",
    "A run": "runs:\n  mine:\n    recipes: {xu-net: quick}\n    experiments: [...]",
    "An experiment": "- {sources: [mine], embedders: [suniward, hill], payloads: [0.2, 0.4], features: [srm-fld]}",
}


def page() -> str:
    """Describe every key, as `docs/configuration.md` holds it."""
    sections: list[tuple[str, type[BaseModel]]] = [("The file", Configuration), ("A source", Source)]
    sections += [("A recipe", Recipe), ("A run", Run), ("An experiment", Experiment)]
    text = [
        "# Configuration",
        "`config.yaml` names sources, recipes and runs. Set any key on the command line, after the targets:\n"
        "`snakemake --cores 8 results/tables --config run=paper`. `--configfile` adds the sources, recipes and runs "
        "of another\n"
        "file. This page is made from the models in `workflow/configuration.py`:\n"
        "`python -m workflow.configuration_page`.",
    ]
    for title, model in sections:
        rows = [
            f"| `{name}` | {_values(field)} | {_default(field)} | {field.description} |"
            for name, field in model.model_fields.items()
        ]
        table = ["| key | values | default | meaning |", "|---|---|---|---|", *rows]
        text += [
            f"## {title}",
            (model.__doc__ or "").partition("\n")[0],
            f"```yaml\n{EXAMPLES[title]}\n```",
            "\n".join(table),
        ]
    text.append("`warm_start` of a recipe has the keys `recipe`, and `payload` and `head` where they are others.")
    return "\n\n".join(text) + "\n"


def _values(field: FieldInfo) -> str:
    """Values of a key: of the first type in its annotation that describes itself."""
    described = [str(value) for value in _metadata(field) if isinstance(value, Value)]
    kinds = {bool: "`true`, `false`", list: "list", dict: "mapping"}
    plain = next((text for kind, text in kinds.items() if kind.__name__ in str(field.annotation)), "mapping")
    text = described[0] if described and "dict[" not in str(field.annotation) else plain
    return f"list: {text}" if "list[" in str(field.annotation) and described else text


def _metadata(field: FieldInfo) -> Iterator[object]:
    def within(annotation: object) -> Iterator[object]:
        yield from getattr(annotation, "__metadata__", ())
        for argument in get_args(annotation):
            yield from within(argument)

    yield from field.metadata
    yield from within(field.annotation)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    if field.default is None:
        return "none"
    return f"`{str(field.default).lower() if isinstance(field.default, bool) else field.default}`"


if __name__ == "__main__":
    print(page(), end="")

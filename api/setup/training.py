"""The Rasa model: which one belongs to the present sources, and training it when it is not there.

A model is called `sanbian-<hash12>.tar.gz` after everything it is trained from. The examples are trained on as live text is
read: each is normalised first, and it is the normalised text that counts for the hash.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from api.setup.errors import SetupError
from api.setup.locks import waited_for
from api.setup.progress import run_logged, say
from desk.digest import digest_of, files_under

EXAMPLES = "data/nlu"
RULES = ("data/rules", "data/stories")
CODE = ("bot/components", "bot/requirements.txt")
"""What Rasa's own cache does not see change: the code and packages that train."""
INPUTS = ("config.yml", "bot/domain", "data/lookup/jieba", *RULES, *CODE)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ATTEMPTS = 3
KEPT = 3
"""How many trained models stay in the models folder."""


def bot_python(root: Path) -> Path:
    """The interpreter that has Rasa. Raises SetupError when it is not installed."""
    python = root / "bot" / ".venv" / "bin" / "python"
    if not python.exists():
        raise SetupError("bot/.venv is missing; run `make install`")
    return python


def bot_environment(root: Path) -> dict[str, str]:
    """Environment of every Rasa process: no telemetry, our `bot` package importable, nothing chatty, none of our secrets."""
    hidden = ("SANBIAN_", "VIRTUAL_ENV", "PYTHONHOME")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return environment | {
        "RASA_TELEMETRY_ENABLED": "false",
        "PYTHONPATH": str(root),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "LOG_LEVEL": "WARNING",
        "LOG_LEVEL_LIBRARIES": "ERROR",
    }


# scipy's ufuncs say no module, and skops, which reads the classifier, looks for each of them in all loaded modules: 8 s when
# TensorFlow is loaded, 1.5 s when skops comes first.
START_RASA = "import sys, skops.io; sys.argv[0] = 'rasa'; from rasa.__main__ import main; main()"


def rasa(root: Path, *arguments: str) -> list[str]:
    """Command line of `rasa …` in the bot's environment."""
    return [str(bot_python(root)), "-c", START_RASA, *arguments]


def normalised_examples(root: Path) -> dict[str, bytes]:
    """Every file of data/nlu with its examples normalised as live text is, by name."""
    files = (file for file in files_under(root / EXAMPLES) if file.suffix in (".yml", ".yaml"))
    return {str(file.relative_to(root / EXAMPLES)): _normalised(file) for file in files}


def _normalised(file: Path) -> bytes:
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506
    except yaml.YAMLError as error:
        raise SetupError(f"{file} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict) or not isinstance(content.get("nlu"), list):
        raise SetupError(f"{file} has no list `nlu` of examples")
    content["nlu"] = [_normalised_item(item) for item in content["nlu"]]
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10**6).encode()


def _normalised_item(item: dict[str, Any]) -> dict[str, Any]:
    # Imported here: loading the conversion tables takes half a second that `sanbian --help` need not spend.
    from desk.reading.model_text import model_text

    changed = dict(item)
    if isinstance(item.get("examples"), str):
        changed["examples"] = "\n".join(model_text(line) for line in item["examples"].splitlines()) + "\n"
    if isinstance(item.get("synonym"), str):
        changed["synonym"] = model_text(item["synonym"])
    return changed


def model_hash(root: Path, examples: Mapping[str, bytes] | None = None) -> str:
    """Twelve hexadecimal digits that change with anything the model is trained from."""
    texts = normalised_examples(root) if examples is None else examples
    parts = (name.encode() + b"\0" + text for name, text in sorted(texts.items()))
    return digest_of(root, INPUTS, *parts)[:12]


def model_path(root: Path, models_dir: Path | None = None) -> Path:
    """Where the model of the present sources is, or will be once trained."""
    return (models_dir or root / "models") / f"sanbian-{model_hash(root)}.tar.gz"


def ensure_model(root: Path, *, models_dir: Path | None = None, var_dir: Path | None = None) -> Path:
    """The trained model of the present sources; trained now, with progress shown, when it is not there.

    Safe to call from several processes: one trains, the others wait. With SANBIAN_MODEL_CACHE set, that folder is looked
    into first and given what was trained. Raises SetupError when there is nothing to train from or the training fails.
    """
    if not (root / "config.yml").exists():
        raise SetupError("config.yml is missing, so there is nothing to train the bot from")
    models, var = models_dir or root / "models", var_dir or root / "var"
    for _ in range(ATTEMPTS):
        examples = normalised_examples(root)
        model = models / f"sanbian-{model_hash(root, examples)}.tar.gz"
        with turn_to_train(model):
            if not model.exists() and not _from_cache(model) and not _train(root, model, var, examples):
                say("the training data changed while the bot was trained; training it again")
                continue
        model.touch()
        prune(models, keep=model)
        return model
    raise SetupError("The training data keeps changing while the bot is trained; try again when it is at rest")


@contextmanager
def turn_to_train(model: Path) -> Iterator[None]:
    """Wait for other processes at work in the models folder, unless there is nothing to wait for."""
    if model.exists():
        yield
        return
    with waited_for(model.parent / ".training.lock", say):
        yield


def _train(root: Path, model: Path, var: Path, examples: Mapping[str, bytes]) -> bool:
    """Train and keep the model under its name; tell whether its name is still true of the sources it was read from."""
    sources = var / "training"
    shutil.rmtree(sources, ignore_errors=True)
    for name, text in examples.items():
        target = sources / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text)
    unfinished = model.parent / ".training"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    data = [str(sources), *(str(root / path) for path in RULES if (root / path).exists())]
    arguments = ["--config", "config.yml", "--domain", "bot/domain", "--data", *data]
    output = ["--out", str(unfinished), "--fixed-model-name", model.name.removesuffix(".tar.gz")]
    log = var / "log" / "train.log"
    log.unlink(missing_ok=True)
    run_logged(
        "training the bot",
        rasa(root, "train", *arguments, *output),
        log=log,
        failure="The bot could not be trained",
        cwd=root,
        env=bot_environment(root) | {"RASA_CACHE_DIRECTORY": str(_cache_of(root, var))},
    )
    made = unfinished / model.name
    if not _is_whole(made):
        raise SetupError(f"The bot was trained but left no whole model (Rasa's output is in {log})")
    unchanged = model.name == model_path(root, model.parent).name
    if unchanged:
        made.replace(model)
        _into_cache(model)
    shutil.rmtree(unfinished, ignore_errors=True)
    return unchanged


def _cache_of(root: Path, var: Path) -> Path:
    """Rasa's cache of trained components, thrown away when code or packages change: it compares only texts and settings."""
    folder = var / "rasa-cache" / digest_of(root, CODE)[:12]
    if folder.parent.exists():
        for other in folder.parent.iterdir():
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
    return folder


def _is_whole(model: Path) -> bool:
    try:
        with tarfile.open(model) as archive:
            return any(name.endswith("metadata.json") for name in archive.getnames())
    except (OSError, tarfile.TarError, EOFError):
        return False


def prune(models: Path, keep: Path) -> None:
    """Remove all but the models used last, at most KEPT of them, `keep` always among them."""
    others = [path for path in models.glob("sanbian-*.tar.gz") if path != keep]
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        path.unlink(missing_ok=True)


def cached(model: Path) -> Path | None:
    """Where the cache of trained models has, or would have, this one; None when there is no cache."""
    folder = os.environ.get("SANBIAN_MODEL_CACHE")
    return Path(folder) / model.name if folder else None


def _from_cache(model: Path) -> bool:
    kept = cached(model)
    if kept is None or not _is_whole(kept):
        return False
    _copy(kept, model)
    return True


def _into_cache(model: Path) -> None:
    kept = cached(model)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        _copy(model, kept)
        prune(kept.parent, keep=kept)


def _copy(source: Path, target: Path) -> None:
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, unfinished)
    unfinished.replace(target)

"""One file through source, interpreter and libraries, to what is known of it: the one place where they meet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from weakref import WeakMethod

from dimlint.applied import applied_layers
from dimlint.config import LATEST_KERAS, Config
from dimlint.core.report import Finding, Fix, Gap, Report, Span
from dimlint.core.rules import NONPOSITIVE
from dimlint.core.stack import roomy
from dimlint.files import Files
from dimlint.fixes import proposer
from dimlint.gate import Unreadable
from dimlint.interpreter.entry import Inputs
from dimlint.interpreter.frame import Unit
from dimlint.interpreter.importing import MAX_IMPORTED_TEXT
from dimlint.interpreter.machine import Interpreter
from dimlint.libraries import LANGUAGE, LIBRARIES, load
from dimlint.libraries.keras.dialect import either, imports_keras, keras1, keras2, old_version
from dimlint.outcome import findings, gaps, line_span, models
from dimlint.parsing import Parser
from dimlint.project import Loader, ProjectLoader
from dimlint.source import Source

if TYPE_CHECKING:
    from dimlint.core.value import Value
    from dimlint.interpreter.record import Record

MAX_LATEST = 200_000
"""Characters of files analysed before of which the trees are kept; the last file's are in any case."""
_KEEPING = Lock()
"""Held while what is kept from one run to the next is changed: several threads may analyse files."""
RECURSION_LIMIT = 4000
"""Depth of Python calls that a run may need; the interpreter's own limits keep it below."""


FORMER_KERAS = 2.0
"""The Keras that is in use beside the latest one, and takes some of what that refuses."""

Places = set[tuple[Span, str]]
"""Where something is found, and by which rules."""

MAX_ASSUMED = 4
"""Things outside a program whose defaults were assumed, of which it is asked one by one whether a finding depends on them."""


def prepare() -> None:
    """Import all that any run may need: before processes are forked, and where nothing may be imported later."""
    load()


def run(text: str, path: str, config: Config, loader: Loader | None, *, layers: bool = False, worded: bool = True) -> Told:
    """What is known of a file; one that may be written for another Keras is read so if less is wrong then. Raises Unreadable.

    layers: whether the calls of layers are wanted, too. worded: whether messages say what mends the model and what they depend on.
    """
    parsed = _LATEST.parse(text, path)
    loader = loader or ProjectLoader.for_file(path, config)
    settings = _settings_of(parsed, config, loader)
    told = _run(parsed, config, loader, settings, layers=layers, worded=worded)
    other = _other_version(parsed.text, settings) if told.report.findings else None
    if other is not None:
        tried = _run(parsed, config, loader, {**settings, "keras_version": other}, layers=layers, worded=worded)
        if len(tried.report.findings) < len(told.report.findings):
            told, settings = tried, {**settings, "keras_version": other}
    if told.report.findings and told.loose:
        settings = {**settings, "loose": told.loose}
        told = _run(parsed, config, loader, settings, layers=layers, worded=worded)
    if not told.report.findings or not worded:
        return told

    def found_with(**changed: Value) -> Places:
        """What is found with other settings."""
        found = _run(parsed, config, loader, {**settings, **changed}, worded=False).report.findings
        return {(item.span, item.code) for item in found}

    report = told.report
    if settings["keras_version"] == LATEST_KERAS and "keras" in parsed.text:
        report = _telling_of_keras(report, found_with(keras_version=FORMER_KERAS))
    if told.assumed:
        report = _telling(report, told.assumed, lambda doubted: found_with(doubted=doubted))
    return told._replace(report=report)


def _other_version(text: str, settings: Mapping[str, Value]) -> float | None:
    """The version of Keras that may be meant as well: an older one, or that of ``keras`` in a program that has ``tf_keras``, too."""
    if settings["keras_version"] != 1 and either(text):
        return 1.0
    return LATEST_KERAS if settings["keras_version"] == 2 and keras2(text) and imports_keras(text) else None


def _telling(report: Report, assumed: Collection[str], without: Callable[[Value], Places]) -> Report:
    """The report, with a word at each finding that is not there without the defaults that were assumed."""
    certain = without("all")
    if all((item.span, item.code) in certain for item in report.findings):
        return report
    alone = {what: without((what,)) for what in assumed} if 1 < len(assumed) <= MAX_ASSUMED else {}

    def word(item: Finding) -> str:
        culprits = [what for what, found in alone.items() if (item.span, item.code) not in found] or list(assumed)[:MAX_ASSUMED]
        return f"with the defaults of {' and '.join(culprits)}"

    return _worded(report, certain, word)


def _telling_of_keras(report: Report, former: Places) -> Report:
    """The report, with a word at each finding that may be none with the Keras that came before."""
    return _worded(report, former, lambda item: "Keras 2 may take it" if "Keras 3" in item.message else "in Keras 3; Keras 2 may take it")


def _worded(report: Report, certain: Places, word: Callable[[Finding], str]) -> Report:
    """The report, with a word at each finding that is not certain."""
    told = (
        item if (item.span, item.code) in certain else replace(item, message=f"{item.message} ({word(item)})") for item in report.findings
    )
    return replace(report, findings=tuple(told))


class Told(NamedTuple):
    """What one run tells of a file.

    assumed: what it assumed. loose: arguments that nobody gives and that are the size of no layer, so that they may be any number.
    proposals: what may mend the findings, by place and rule.
    """

    report: Report
    assumed: Collection[str]
    loose: Collection[tuple[int, str]]
    proposals: Callable[[], Mapping[tuple[Span, str], Sequence[Fix]]]


@roomy
def _run(parsed: Source, config: Config, loader: Loader, settings: Mapping[str, Value], *, layers: bool = False, worded: bool) -> Told:
    """What one run tells of a file."""
    machine, unit = machine_for(parsed, config, loader, settings)
    machine.record.calls = [] if layers else None
    with deep_recursion():
        record = machine.run(unit, Inputs(parsed.input_shapes, config.input_shapes))
        calls, record.calls = record.calls, None
        advice = _advice(machine, record, config) if worded else {}
    notices = [Gap(line_span(parsed, line), text) for line, text in parsed.notices]
    report = Report(
        parsed.path,
        tuple(_selected(findings(machine, parsed, config, advice), config)),
        tuple(models(machine, parsed)),
        tuple(sorted({*gaps(record, parsed), *notices}, key=lambda gap: (gap.span, gap.reason))),
        layers=applied_layers(machine, parsed, calls or ()),
    )
    return Told(report, tuple(record.assumptions), machine.ledger.made - machine.ledger.sizes, proposer(machine, parsed))


def _advice(machine: Interpreter, record: Record, config: Config) -> Mapping[int, str]:
    """How large the input would have to be, where that is what is wrong."""
    if not any(item.problem.rule == NONPOSITIVE.symbol for item in record.discoveries):
        return {}
    from dimlint.advice import advise  # few files need it

    machine.fuel.steps = config.fuel
    with machine.listening():
        advice = advise(machine, record.discoveries)
    machine.fuel.steps = sys.maxsize
    return advice


def machine_for(parsed: Source, config: Config, loader: Loader, settings: Mapping[str, Value] | None = None) -> tuple[Interpreter, Unit]:
    """A machine that has run nothing yet, and the module that it is made for."""
    unit = Unit(parsed.path, "__main__", parsed, is_main=True)
    finder = _ModuleFinder(loader)
    machine = Interpreter(LIBRARIES, LANGUAGE, finder, settings or _settings_of(parsed, config, loader), config.fuel)
    finder.noticed = WeakMethod(machine.change_setting)
    machine.modules[parsed.path] = unit
    return machine, unit


def _selected(found: list[Finding], config: Config) -> Iterator[Finding]:
    return (finding for finding in found if config.selects(finding.code, finding.rule, finding.span.path))


def _settings_of(parsed: Source, config: Config, loader: Loader) -> Mapping[str, Value]:
    """The settings that a program starts with; a project that holds a former Keras is judged by that."""
    settings = _settings(parsed.text, config)
    if settings["keras_version"] != LATEST_KERAS or not imports_keras(parsed.text):
        return settings
    package = loader.load("keras", parsed.path, 0)
    return {**settings, "keras_version": (package and old_version(package[1])) or LATEST_KERAS}


def _version(text: str) -> float | None:
    """The former version of Keras that a text is written for, if it says so."""
    return 1.0 if keras1(text) else 2.0 if keras2(text) else None


def _settings(text: str, config: Config) -> Mapping[str, Value]:
    return {
        "image_data_format": config.data_format,
        "image_format_stated": False,
        "keras_version": _version(text) or config.keras_version,
        "latest_keras": LATEST_KERAS,
        "keras_custom_objects": False,
        "doubted": (),
        "loose": (),
        "torch_mode": config.torch_mode,
        "torch_tracing": False,
        "torch_strides": "memory_format" not in text and "channels_last" not in text,
    }


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Let deep programs be followed; Python's limit is put back afterwards."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, RECURSION_LIMIT))
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


Key = TypeVar("Key")
Kept = TypeVar("Kept", Source, Parser)


def _keep(held: dict[Key, Kept], key: Key, new: Kept, most: int) -> None:
    """Put something behind all that is held, and drop the first ones until no more characters are parsed than this, or it is alone."""
    with _KEEPING:
        held.pop(key, None)
        held[key] = new
        parsed = sum(item.parsed for item in held.values())
        while parsed > most and len(held) > 1:
            parsed -= held.pop(next(iter(held))).parsed


class _Trees:
    """The trees of imported files, the last used ones: the files of a project import the same ones again and again.

    There is room for as much as one run may import, so that the imports of one file are still there for the next one.
    """

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], Source] = {}

    def parse(self, text: str, path: str) -> Source:
        """The tree of a file. Raises Unreadable."""
        key = (path, text)
        found = self._held.pop(key, None) or Source.parse(text, path)
        _keep(self._held, key, found, MAX_IMPORTED_TEXT)
        return found


_TREES = _Trees()


class _Latest:
    """The files that were analysed last, for the next state of one of them: of a text that a person changes most stays what it was."""

    def __init__(self) -> None:
        self._held: dict[str, Parser] = {}

    def parse(self, text: str, path: str) -> Source:
        """The tree of a file. Raises Unreadable; while a person types that is so now and then, and what was there before is kept."""
        source = Source.parse(text, path, self._held.get(path))
        _keep(self._held, path, source.parser, MAX_LATEST)
        return source


_LATEST = _Latest()


class _ModuleFinder:
    """Parses modules of the project that the interpreter asks for, each once."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader
        self.files: Files = getattr(loader, "files", None) or Files()
        self.units: dict[str, Unit] = {}
        self.versions: dict[str, float | None] = {}
        """The former version of Keras that each is written for."""
        self.noticed: Callable[[], Callable[[str, Value], None] | None] = lambda: None
        """Gives who is told what an imported module says about the settings: the machine that has this finder, which must not hold it."""

    def data(self, path: str, importer: str) -> str | None:
        """The text of a data file of the project, or None."""
        read = getattr(self.loader, "data", None)
        return read(path, importer) if read is not None else None

    def __call__(self, name: str, importer: str, level: int) -> Unit | None:
        found = self.loader.load(name, importer, level)
        if found is None:
            return None
        path, text = found
        if path not in self.units:
            try:
                self.units[path] = Unit(path, self.files.dotted_name(path) if level else name, _TREES.parse(text, path))
            except Unreadable:
                return None
        if path not in self.versions:
            self.versions[path] = _version(text)
        version = self.versions[path]
        notice = self.noticed()
        if version is not None and notice is not None:
            notice("keras_version", version)
        return self.units[path]

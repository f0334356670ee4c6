"""Pages on which people label answers, see how far they have come, and settle what they disagree about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from harness.calibration.human_labels import ADVISED_LABELS
from harness.calibration.judge_files import LEAST_LABELS
from harness.checks.bind import Binding
from harness.core.errors import InputError
from harness.core.types import Outcome
from harness.judge.rubric import GENERIC, rubric_for
from harness.report.answer_html import answer_html
from harness.suite.annotations import AGREED
from harness.viewer.labelling import (
    LABELS,
    Given,
    LabelSet,
    Queue,
    annotator_name,
    clean_note,
    disputes,
    progress_of,
    queue_of,
    stamp_of,
)
from harness.viewer.project import Project
from harness.viewer.render import Renderer, address, asked
from harness.viewer.run_set import RunSet

__all__ = ["LabelPages"]

_MOST_CALLS = 40
_HIGHEST_SEED = 2**31
_RUNS_OFFERED = 100


@dataclass(frozen=True, slots=True)
class Task:
    """What one person labels: a rule of a set of answers, in the order of a seed."""

    source: LabelSet
    annotator: str
    rule: Binding
    seed: int
    queue: Queue

    def address(self, item: str = "") -> str:
        """Return the address of an answer to label; without one, of the first that is open."""
        return address(
            "/label/answer",
            set=self.source.id,
            annotator=self.annotator,
            rule=self.rule.rule.id,
            seed=self.seed,
            item=item,
        )


@dataclass(frozen=True)
class LabelPages:
    """The pages; each takes a request, or the JSON of one."""

    project: Project
    show: Renderer

    # --- choosing ---------------------------------------------------------------------------------

    def start(self, request: Request) -> Response:
        """Ask who labels, and what; an address can name a run that is chosen already."""
        runs = [path.name for path in self.project.labelled_runs()[:_RUNS_OFFERED]]
        golden = self.project.golden_sets()
        chosen = f"run {asked(request, 'run')}" if asked(request, "run") in runs else ""
        if not chosen and (golden or runs):
            chosen = golden[0].id if golden else f"run {runs[0]}"
        return self.show("label_start.html.j2", here="label", golden=golden, runs=runs, chosen=chosen)

    def rules(self, request: Request) -> Response:
        """Show the rules of a set, with what is labelled and what is still needed."""
        source = self.project.label_set(asked(request, "set"))
        annotator = annotator_name(asked(request, "annotator"), source.taken_names)
        given = source.given()
        rows = []
        for binding in source.rules():
            labels = given.get(binding.rule.id, {})
            places = source.places(binding.rule.id)
            rows.append(
                {
                    "rule": binding.rule,
                    "judged": not binding.check or rubric_for(binding).id != GENERIC,
                    "mine": sum(annotator in said for said in labels.values()),
                    "progress": progress_of(len(places), labels),
                }
            )
        own = sum(annotator in said for labels in given.values() for said in labels.values())
        return self.show(
            "label_rules.html.j2",
            here="label",
            source=source,
            annotator=annotator,
            seed=_seed(asked(request, "seed")),
            judged=[row for row in rows if row["judged"]],
            others=[row for row in rows if not row["judged"]],
            own=own,
            advised=ADVISED_LABELS,
            least=LEAST_LABELS,
        )

    # --- labelling --------------------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        """Show one answer to be labelled, and nothing that could sway who labels."""
        task = self._task({name: asked(request, name) for name in ("set", "annotator", "rule", "seed")})
        given = task.source.given().get(task.rule.rule.id, {})
        mine = {place: said[task.annotator] for place, said in given.items() if task.annotator in said}
        item = asked(request, "item")
        if item not in task.queue.places:
            item = task.queue.open_after("", mine)
            if item:
                return RedirectResponse(task.address(item), 303)
            return self._done(task, len(mine))
        keys = task.queue.keys
        place = task.queue.places[item]
        own = mine.get(place)
        return self.show(
            "label_answer.html.j2",
            here="label",
            task=task,
            number=keys.index(item) + 1,
            total=len(keys),
            done=len(mine),
            counts=[(label, sum(one.label is label for one in mine.values())) for label in LABELS],
            advised=min(ADVISED_LABELS, len(keys)),
            own=own,
            said=(),
            before=task.address(task.queue.beside(item, -1)),
            after=task.address(task.queue.beside(item, 1)),
            skip=task.address(task.queue.open_after(item, mine) or item),
            back=address("/label/rules", set=task.source.id, annotator=task.annotator, seed=task.seed),
            request={
                "api": "/api/label",
                "set": task.source.id,
                "annotator": task.annotator,
                "rule": task.rule.rule.id,
                "seed": str(task.seed),
                "item": item,
                "before": stamp_of(own),
            },
            **self._shown(task.source, place, task.rule),
        )

    def label(self, asked_for: dict[str, Any]) -> dict[str, Any]:
        """Keep one label; say where to go on, and how to take it back."""
        task = self._task(asked_for)
        item = _word(asked_for, "item")
        if item not in task.queue.places:
            raise InputError("this answer is not among those to label; load the page again")
        rule, place = task.rule.rule.id, task.queue.places[item]
        new = _given(asked_for)
        old = task.source.put(task.annotator, (place, rule), new, _word(asked_for, "before"))
        given = task.source.given().get(rule, {})
        mine = {one: 0 for one, said in given.items() if task.annotator in said}
        after = task.queue.open_after(item, mine)
        return {
            "next": task.address(after) if after else task.address(),
            "undo": {"here": task.address(item), "old": _told(old), "stamp": stamp_of(new)},
        }

    def _done(self, task: Task, mine: int) -> Response:
        return self.show("label_done.html.j2", here="label", task=task, mine=mine)

    # --- disagreements ----------------------------------------------------------------------------

    def disagreements(self, request: Request) -> Response:
        """List what people label differently."""
        sets = [*self.project.golden_sets(), *self._runs_with_labels()]
        chosen = asked(request, "set")
        shown = [one for one in sets if not chosen or one.id == chosen]
        rows = []
        for source in shown:
            texts = {one.rule.id: one.rule.text for one in source.rules()}
            for number, (rule, place, said) in enumerate(disputes(source)):
                rows.append(
                    {
                        "source": source,
                        "text": texts.get(rule, rule),
                        "said": sorted(said.items(), key=lambda pair: (pair[0] == AGREED, pair[0])),
                        "settled": AGREED in said,
                        "address": _dispute_address(source, rule, place),
                        "number": number,
                    }
                )
        rows.sort(key=lambda row: bool(row["settled"]))
        return self.show(
            "disagreements.html.j2", here="disagreements", rows=rows[:500], total=len(rows), agreed=AGREED
        )

    def dispute(self, request: Request) -> Response:
        """Show one answer that people label differently, to be settled."""
        source = self.project.label_set(asked(request, "set"))
        rule = _rule(source, asked(request, "rule"))
        listed = [one for one in disputes(source) if one[0] == rule.rule.id]
        key = asked(request, "item")
        queue = queue_of(source, rule.rule.id, 0)
        place = queue.places.get(key, "")
        said = next((said for _, one, said in listed if one == place), None)
        if said is None:
            raise InputError("nobody disagrees about this any more; the list has what is open")
        others = [one for one in disputes(source) if (one[0], one[1]) != (rule.rule.id, place)]
        following = next((one for one in others if AGREED not in one[2]), None)
        after = _dispute_address(source, following[0], following[1]) if following else "/disagreements"
        own = said.get(AGREED)
        return self.show(
            "label_answer.html.j2",
            here="disagreements",
            task=Task(source, AGREED, rule, 0, queue),
            own=own,
            said=[(name, one) for name, one in sorted(said.items()) if name != AGREED],
            before="",
            after=after,
            skip=after,
            back="/disagreements",
            request={
                "api": "/api/agree",
                "set": source.id,
                "rule": rule.rule.id,
                "item": key,
                "before": stamp_of(own),
            },
            **self._shown(source, place, rule),
        )

    def agree(self, asked_for: dict[str, Any]) -> dict[str, Any]:
        """Keep the label that people agree on; what each had said stays."""
        source = self.project.label_set(_word(asked_for, "set"))
        rule = _rule(source, _word(asked_for, "rule")).rule.id
        place = queue_of(source, rule, 0).places.get(_word(asked_for, "item"), "")
        if not any((one[0], one[1]) == (rule, place) for one in disputes(source)):
            raise InputError("nobody disagrees about this any more; the list has what is open")
        new = _given(asked_for)
        old = source.put(AGREED, (place, rule), new, _word(asked_for, "before"))
        rest = next((one for one in disputes(source) if AGREED not in one[2]), None)
        return {
            "next": _dispute_address(source, rest[0], rest[1]) if rest else "/disagreements",
            "undo": {
                "here": _dispute_address(source, rule, place),
                "old": _told(old),
                "stamp": stamp_of(new),
            },
        }

    # --- inside -----------------------------------------------------------------------------------

    def _runs_with_labels(self) -> list[RunSet]:
        found = []
        for path in self.project.labelled_runs()[:_RUNS_OFFERED]:
            folder = self.project.labels_of(path)
            if folder is not None:
                found.append(self.project.run_set(path))
        return found

    def _task(self, words: dict[str, Any]) -> Task:
        source = self.project.label_set(_word(words, "set"))
        annotator = annotator_name(_word(words, "annotator"), source.taken_names)
        rule = _rule(source, _word(words, "rule"))
        seed = _seed(_word(words, "seed"))
        return Task(source, annotator, rule, seed, queue_of(source, rule.rule.id, seed))

    def _shown(self, source: LabelSet, place: str, rule: Binding) -> dict[str, Any]:
        answer = source.answer(place)
        rubric = rubric_for(rule)
        return {
            "shown": answer,
            "calls": [(one.name, _arguments(one.input)) for one in answer.tool_calls[:_MOST_CALLS]],
            "response": answer_html(answer.text, ()) if answer.text.strip() else "",
            "rubric": rubric if rubric.id != GENERIC else None,
            "offered": LABELS,
        }


def _dispute_address(source: LabelSet, rule: str, place: str) -> str:
    keys = {one: key for key, one in queue_of(source, rule, 0).places.items()}
    return address("/disagreements/answer", set=source.id, rule=rule, item=keys.get(place, ""))


def _rule(source: LabelSet, name: str) -> Binding:
    for binding in source.rules():
        if binding.rule.id == name:
            return binding
    raise InputError(f"{source.agent}: has no rule {name[:200]!r}; choose one of the list")


def _arguments(value: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the arguments of a tool call as texts."""
    return [
        (str(name), one if isinstance(one, str) else json.dumps(one, ensure_ascii=False, default=str))
        for name, one in list(value.items())[:20]
    ]


def _word(words: dict[str, Any], name: str) -> str:
    value = words.get(name, "")
    if not isinstance(value, str) or len(value) > 1_000:
        raise InputError(f"{name}: must be a short text; load the page again")
    return value


def _seed(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) >= _HIGHEST_SEED:
        raise InputError(f"the seed {text[:40]!r} is no whole number below {_HIGHEST_SEED:,}")
    return int(text)


def _given(words: dict[str, Any]) -> Given | None:
    """Return the label that a request gives; none where it takes one back."""
    label, note, line = words.get("label"), words.get("note", ""), words.get("line", 0)
    if label is None:
        return None
    if label not in {one.value for one in LABELS}:
        raise InputError("a label is pass, fail, not_applicable or undecided")
    if not isinstance(note, str) or not isinstance(line, int) or not 0 <= line < 10_000_000:
        raise InputError("a note is a text, a line a whole number")
    return Given(Outcome(label), clean_note(note), int(line))


def _told(given: Given | None) -> dict[str, Any]:
    if given is None:
        return {"label": None}
    return {"label": given.label.value, "note": given.note, "line": given.line}

"""Pages on which a person reads drafted cases, corrects them, and accepts or rejects each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from harness.core.errors import HarnessError, InputError
from harness.core.jsonl import sha_of, write_atomic
from harness.suite.drafts import Draft, DraftFile, DraftKind, accepted_dataset, draft_text, read_drafts
from harness.suite.load import find_files, load_suite
from harness.viewer.labelling import ConflictError, clean_text
from harness.viewer.project import Project
from harness.viewer.render import Renderer, asked

__all__ = ["DraftPages"]

_STATES = ("accepted", "rejected", "open")
_FILE_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
ROUTING = "routing"


@dataclass(frozen=True)
class DraftPages:
    """The pages; each takes a request, or the JSON of one."""

    project: Project
    show: Renderer

    def index(self, _: Request) -> Response:
        """List the files of drafts."""
        rows = []
        for path in self.project.drafts():
            try:
                rows.append({"name": path.name, "file": read_drafts(path), "problem": ""})
            except HarnessError as error:
                rows.append({"name": path.name, "file": None, "problem": str(error)})
        return self.show("drafts.html.j2", here="drafts", rows=rows)

    def file(self, request: Request) -> Response:
        """Show the drafts of one file."""
        path = self.project.draft_file(asked(request, "name"))
        file = read_drafts(path)
        return self.show(
            "draft_file.html.j2",
            here="drafts",
            name=path.name,
            file=file,
            texts=self._texts(file),
            rows=[(number, one, _stamp(one), _state(one)) for number, one in enumerate(file.drafts)],
            folder=self._folder(file).as_posix(),
            suggested=f"drafted-{path.stem}".lower(),
        )

    def change(self, asked_for: dict[str, Any]) -> dict[str, Any]:
        """Accept, reject, reopen or reword one draft."""
        path = self.project.draft_file(_text(asked_for, "file", 400))
        state = _text(asked_for, "state", 20)
        if state not in _STATES:
            raise InputError(f"a draft is {', '.join(_STATES[:-1])} or {_STATES[-1]}")
        with self.project.keeper.alone():
            file = read_drafts(path)
            number = _place(file, asked_for.get("number"))
            draft = file.drafts[number]
            if _stamp(draft) != asked_for.get("before"):
                raise ConflictError("this draft was changed elsewhere meanwhile; load the page again")
            prompt = clean_text(_text(asked_for, "prompt", 20_000))
            changed = _changed(draft, prompt, state)
            drafts = (*file.drafts[:number], changed, *file.drafts[number + 1 :])
            write_atomic(path, draft_text(file.model_copy(update={"drafts": drafts})))
        return {"stamp": _stamp(changed), "state": _state(changed), "accepted": _accepted(drafts)}

    def write(self, asked_for: dict[str, Any]) -> dict[str, Any]:
        """Write the accepted drafts of a file as a dataset of their own."""
        path = self.project.draft_file(_text(asked_for, "file", 400))
        name = _text(asked_for, "name", 100).strip().removesuffix(".yaml")
        if not _FILE_NAME.fullmatch(name):
            raise InputError("a dataset's name is made of letters a–z, digits and hyphens, 60 at most")
        with self.project.keeper.alone():
            file = read_drafts(path)
            text = accepted_dataset(file)
            target = self._folder(file) / f"{name}.yaml"
            if target.exists():
                raise InputError(
                    f"{target}: it exists already, perhaps with corrections; choose another name"
                )
            self._demand_new_ids(file, target.parent)
            write_atomic(target, text)
        return {"written": target.as_posix(), "cases": _accepted(file.drafts)}

    def _demand_new_ids(self, file: DraftFile, folder: Path) -> None:
        """Refuse what would make the datasets beside it unusable: an id that is taken."""
        ids = [one.id for one in file.drafts if one.accepted]
        twice = next((one for one in ids if ids.count(one) > 1), "")
        if twice:
            raise InputError(f"two accepted drafts have the id {twice!r}; change one in the file")
        if not folder.is_dir() or not any(folder.glob("*.y*ml")):
            return
        suite = load_suite(find_files([folder]), self.project.specifications, strict=False)
        taken = {one.id for one in suite.cases} & set(ids)
        if taken:
            raise InputError(f"{folder.as_posix()}: has a case {min(taken)!r} already; reject that draft")

    def _folder(self, file: DraftFile) -> Path:
        """Return where the accepted drafts of a file belong: beside the datasets of their agent."""
        if any(one.kind is DraftKind.BORDER for one in file.drafts):
            return self.project.suite_root() / ROUTING
        return self.project.dataset_folder(file.agent)

    def _texts(self, file: DraftFile) -> dict[str, str]:
        """Return the words of the rules that drafts are for, as far as the agent is here."""
        try:
            return {rule.id: rule.text for rule in self.project.specification(file.agent).agent.rules}
        except InputError:
            return {}


def _changed(draft: Draft, prompt: str, state: str) -> Draft:
    """Return a draft in another state or wording."""
    try:
        return Draft.model_validate(
            {
                **draft.model_dump(),
                "prompt": prompt,
                "accepted": state == "accepted",
                "rejected": state == "rejected",
            }
        )
    except ValueError as error:
        raise InputError("a case needs a question, of at most 4,000 characters") from error


def _accepted(drafts: tuple[Draft, ...]) -> int:
    return sum(one.accepted for one in drafts)


def _state(draft: Draft) -> str:
    return "accepted" if draft.accepted else "rejected" if draft.rejected else "open"


def _stamp(draft: Draft) -> str:
    return sha_of(draft.model_dump(mode="json"))[:20]


def _place(file: DraftFile, number: object) -> int:
    if not isinstance(number, int) or not 0 <= number < len(file.drafts):
        raise ConflictError("there is no such draft any more; load the page again")
    return number


def _text(words: dict[str, Any], name: str, limit: int) -> str:
    value = words.get(name, "")
    if not isinstance(value, str) or len(value) > limit:
        raise InputError(f"{name}: must be a text of at most {limit:,} characters")
    return value

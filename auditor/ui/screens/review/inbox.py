"""What the browser did, taken from its queue, saved, and acknowledged with a counter.

The browser keeps every operation until its number is acknowledged, and sends all that are not with every change. So an
operation may come twice (a lost connection, a reload, a restart): its id makes that harmless.
"""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from auditor.data.dataset import Dataset
from auditor.errors import RefusedError, StoreError, UnavailableError
from auditor.plural import counted
from auditor.store.appending import AppendRequest
from auditor.store.naming import class_numbers
from auditor.store.operations import Item, Operation, item_of
from auditor.store.store import Store
from auditor.ui.state import access, decide, face_ids

OP_ID = re.compile(r"[A-Za-z0-9_-]{6,64}")
ITEM_LIMIT = 20_000
TEXT_LIMIT = 2_000
NAME_LIMIT = 60
NAMED = 3

Sent = Mapping[str, Any]
"""An operation as the browser sent it."""


class Refusal(NamedTuple):
    """Why an operation was not saved, or not for every face.

    Attributes:
        why: A sentence.
        met: Names of the faces that somebody else had decided meanwhile.
        saved: For how many of its faces it was saved.
    """

    why: str
    met: tuple[str, ...] = ()
    saved: int = 0


@dataclass
class Inbox:
    """What one browser session sent, and how much of it is saved.

    Attributes:
        acknowledged: By the browser tab's own name, the number up to which all of its operations are saved or refused.
        refused: For each operation that was not saved whole, by number, until the browser has taken it off its queue.
        last: The last operation that was saved, for the screen: kind, its decision's images, text.
    """

    acknowledged: dict[str, int] = field(default_factory=dict)
    refused: dict[int, Refusal] = field(default_factory=dict)
    last: dict[str, Any] | None = None

    def take(self, room: Any, store: Store, dataset: Dataset, annotator: str) -> int:
        """Save what is new in the browser's queue.

        Args:
            room: The component's state: {client, ops: [{n, id, ds, kind, ...}]}.
            store: Where to.
            dataset: The data set on the screen; operations on another one wait until that is.
            annotator: Who decides.

        Returns:
            How many operations were saved by this call.

        Raises:
            UnidentifiedError: The login names nobody any more; nothing is acknowledged.
            UnavailableError: The database is away or busy; what it did not save is not acknowledged, the browser sends
                it again.
        """
        if not isinstance(room, Mapping) or not isinstance(room.get("client"), str):
            return 0
        client = room["client"]
        done = self.acknowledged.get(client, 0)
        saved = 0
        waiting = _in_order(room.get("ops"))
        self.refused = {n: why for n, why in self.refused.items() if any(sent["n"] == n for sent in waiting)}
        fresh = [sent for sent in waiting if sent["n"] > done]
        here = itertools.takewhile(lambda sent: sent.get("ds") == dataset.key, fresh)
        # An undo finds its target among what is saved before it, so it is saved by itself.
        for turning, together in itertools.groupby(here, _turns):
            for batch in ([sent] for sent in together) if turning else (list(together),):
                saved += self._save(batch, store, dataset, annotator)
                self.acknowledged[client] = batch[-1]["n"]
        return saved

    def _save(self, batch: Sequence[Sent], store: Store, dataset: Dataset, annotator: str) -> int:
        """Save operations that do not build on each other, in their order and in one transaction."""
        readable: list[tuple[Sent, Operation]] = []
        for sent in batch:
            if _turns(sent) and store.decisions.saved([str(sent.get("id"))]):
                continue  # its target is found when it comes, and would be another one the second time
            try:
                operation = parse(sent, store, dataset, annotator)
                if operation is None:
                    self.last = {"n": sent["n"], "kind": str(sent.get("kind")), "action": "", "images": 0, "name": ""}
                    continue
                _check_role(operation, store)
            except UnavailableError:
                raise  # not acknowledged, so sent again
            except StoreError as error:
                self._refuse(sent, error, store, dataset)
                continue
            readable.append((sent, operation))
        outcomes = store.decisions.append_each([_request(sent, operation) for sent, operation in readable])
        saved = 0
        for (sent, operation), outcome in zip(readable, outcomes, strict=True):
            if isinstance(outcome, StoreError):
                self._refuse(sent, outcome, store, dataset)
            else:
                saved += self._report(sent, operation, outcome.newer, store)
        return saved

    def _refuse(self, sent: Sent, error: StoreError, store: Store, dataset: Dataset) -> None:
        if not store.decisions.saved([str(sent.get("id"))]):
            self.refused[sent["n"]] = Refusal(_veiled(str(error), sent, dataset))
        # else it came before, when the data set still had its class or its image

    def _report(self, sent: Sent, operation: Operation, newer: Mapping[str, str], store: Store) -> int:
        """Keep what the screen says of an operation; return 1 where any of it was saved."""
        if newer:
            refusal = self.refused[sent["n"]] = _met(newer, len(operation.items))
            if not refusal.saved:
                return 0
            operation = replace(operation, items=tuple(each for each in operation.items if each.image not in newer))
        self.last = _echo(sent["n"], operation, store)
        return 1


def _turns(sent: Sent) -> bool:
    return sent.get("kind") in ("undo", "redo")


def _request(sent: Sent, operation: Operation) -> AppendRequest:
    """What is to be saved; what somebody else decided after the browser's last news of it is not overwritten.

    A blind decision is independent of the others', which its page does not show.
    """
    seen = sent.get("seen")
    checked = operation.kind == "decide" and operation.mode == "open" and isinstance(seen, int)
    return AppendRequest([operation], seen if checked else None)


def _met(newer: Mapping[str, str], images: int) -> Refusal:
    """The sentence about faces that somebody else had decided."""
    names, who = tuple(newer), " and ".join(sorted(set(newer.values())))
    if images == 1:
        why = (
            f"{who} decided {names[0]} a moment before your key, so your key was not saved; "
            "look at the face again and press the key once more to decide otherwise."
        )
        return Refusal(why, names)
    saved = images - len(names)
    what = f"it was saved only for the other {saved:,}" if saved else "it was not saved"
    named = f"{', '.join(names[:NAMED])}{' and more' if len(names) > NAMED else ''}"
    why = (
        f"{who} decided {len(names):,} of these {counted(images, 'face')} ({named}) before your key arrived, so "
        f"{what}; look at them again and press the key once more to decide otherwise."
    )
    return Refusal(why, names, saved)


def _veiled(sentence: str, sent: Mapping[str, Any], dataset: Dataset) -> str:
    """A sentence about an operation; of a blind one, without the image's name, which may hold its class."""
    if sent.get("mode") in ("blind", "repeat"):
        for identity in sent.get("names") or ():
            try:
                sentence = sentence.replace(str(dataset.names[face_ids.row_of(dataset, str(identity))]), "this face")
            except KeyError:
                continue
    return sentence


def _in_order(ops: Any) -> list[Mapping[str, Any]]:
    if not isinstance(ops, Sequence):
        return []
    numbered = [op for op in ops if isinstance(op, Mapping) and isinstance(op.get("n"), int)]
    return sorted(numbered, key=lambda op: int(op["n"]))


def parse(sent: Sent, store: Store, dataset: Dataset, annotator: str) -> Operation | None:
    """Turn what the browser sent into an operation, trusting nothing in it.

    Returns:
        None for an undo or redo where there is nothing left to undo or redo.

    Raises:
        RefusedError: It makes no sense.
    """
    op_id = str(sent.get("id", ""))
    if not OP_ID.fullmatch(op_id):
        raise RefusedError("A decision came without a usable id; reload the page and decide again.")
    kind, mode = str(sent.get("kind", "decide")), str(sent.get("mode", "open"))
    version = sent.get("ev")
    common: dict[str, Any] = {
        "op_id": op_id,
        "dataset": dataset.key,
        "annotator": _who(sent, annotator),
        "evidence": None if version is None else str(version)[:64],
        "mode": mode,
        "session": op_id.split("-", maxsplit=1)[0],
    }
    if kind in ("undo", "redo"):
        target = _target(sent, kind, store, dataset, common["annotator"])
        return None if target is None else Operation(kind=kind, target=target, **{**common, "mode": "open"})
    return Operation(kind=kind, items=_items(sent, dataset), **common)


def _who(sent: Mapping[str, Any], annotator: str) -> str:
    """Who pressed the key: the tab may have another name by the time its queue arrives.

    Raises:
        RefusedError: People log in here, and it was pressed by somebody else than who is logged in.
    """
    named = str(sent.get("who") or "").strip()
    if not access.person().logged_in:
        return named[:NAME_LIMIT] or annotator
    if named and named != annotator:
        raise RefusedError(
            f"This key was pressed by {named[:NAME_LIMIT]}, and now {annotator} is logged in, so that it was not "
            f"saved; log in as {named[:NAME_LIMIT]} and press it again."
        )
    return annotator


def _check_role(operation: Operation, store: Store) -> None:
    """Refuse what the person's role does not allow, whatever the page offered."""
    if operation.target is None:
        decide.check_mode(operation.mode)
    else:
        record = store.decisions.state(operation.dataset).records.get(operation.target)
        decide.check_turning(record)


def _target(sent: Mapping[str, Any], kind: str, store: Store, dataset: Dataset, annotator: str) -> str | None:
    """The decision that the tab names where it knows its own last one, else the annotator's last; None for none."""
    if sent.get("target") is None:
        find = store.decisions.undo_target if kind == "undo" else store.decisions.redo_target
        return find(dataset.key, annotator)
    record = store.decisions.state(dataset.key).records.get(str(sent["target"]))
    standing = record is not None and record.operation.kind == "decide" and record.active == (kind == "undo")
    return str(sent["target"]) if standing else None


def _items(sent: Mapping[str, Any], dataset: Dataset) -> tuple[Item, ...]:
    names, action = sent.get("names"), str(sent.get("action", ""))
    if not isinstance(names, Sequence) or isinstance(names, str) or not 0 < len(names) <= ITEM_LIMIT:
        raise RefusedError(f"A decision names no image, or more than {ITEM_LIMIT}; choose some and decide again.")
    labels, before = _numbers(sent, "to", names, dataset), _numbers(sent, "from", names, dataset)
    text, moment = sent.get("text"), sent.get("shown")
    shares, numbers = _shares(sent, dataset), class_numbers(dataset)
    items = []
    veiled = sent.get("mode") in ("blind", "repeat")
    for name, label, given in zip(names, labels, before, strict=True):
        item = item_of(
            dataset,
            _row(dataset, str(name), veiled),
            action,
            label,
            soft=shares,
            text=None if text is None else str(text)[:TEXT_LIMIT],
            shown_at=float(moment) if isinstance(moment, int | float) else None,
        )
        # What is kept is the label that was on the screen, also where the label file was edited since.
        items.append(item if given is None else replace(item, from_class=numbers.name(given)))
    return tuple(items)


def _numbers(sent: Mapping[str, Any], key: str, names: Sequence[Any], dataset: Dataset) -> list[int | None]:
    """A class for every image: one for all, or one for each (Enter accepts each image's own suggestion).

    The browser names them. Pages from before an update sent the label's number in `label` only.
    """
    label = sent.get("label") if key == "to" and sent.get("to") is None else sent.get(key)
    if isinstance(label, Sequence) and not isinstance(label, str):
        if len(label) != len(names):
            raise RefusedError("A decision has different numbers of labels and images; reload and decide again.")
        return [_class(each, dataset) for each in label]
    return [_class(label, dataset)] * len(names)


def _class(sent: Any, dataset: Dataset) -> int | None:
    if not isinstance(sent, str):
        return sent if isinstance(sent, int) else None
    number = class_numbers(dataset).number(sent)
    if number is None:
        raise RefusedError(f"The data set has no class {sent[:80]} any more; reload the page and decide again.")
    return number


def _shares(sent: Mapping[str, Any], dataset: Dataset) -> tuple[float, ...] | None:
    """Shares of the classes [C], by class name; in class order in pages from before an update."""
    named, soft = sent.get("shares"), sent.get("soft")
    if isinstance(named, Mapping):
        shares = class_numbers(dataset).shares({str(name): _share(share) for name, share in named.items()})
        if shares is None:
            raise RefusedError("The data set no longer has every class of the shares; reload the page.")
        return shares
    if not isinstance(soft, Sequence) or isinstance(soft, str):
        return None
    return tuple(_share(share) for share in soft)


def _share(sent: Any) -> float:
    return float(sent) if isinstance(sent, int | float) else float("nan")  # which is refused as no share


def _row(dataset: Dataset, name: str, veiled: bool) -> int:
    row = None
    for find in (face_ids.row_of, Dataset.index_of) if veiled else (Dataset.index_of,):
        with contextlib.suppress(KeyError):  # a second look is one in blind mode, or in somebody's part
            row = find(dataset, name)
            break
    if row is None:
        raise RefusedError(f"The image {name[:80]} is not in this data set any more; reload the page.")
    return int(row)


def _echo(number: int, operation: Operation, store: Store) -> dict[str, Any]:
    """What was done, for the line at the foot of the screen and for moving the focus there."""
    items = operation.items
    if operation.target is not None:
        record = store.decisions.state(operation.dataset).records.get(operation.target)
        items = record.operation.items if record else ()
    return {
        "n": number,
        "kind": operation.kind,
        "action": items[0].action if items else "",
        "images": len(items),
        "name": items[0].image if items else "",
    }

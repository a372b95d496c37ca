"""The store in memory: what a test uses where no file and no service is meant."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from shared.catalog import metric_info
from shared.domain import (
    Attempt,
    AttemptCause,
    AttemptEnd,
    AuditEntry,
    DatasetInfo,
    FoldResult,
    QueuedSweep,
    Sweep,
    SweepSummary,
    TaskAddress,
    TrialOutcome,
    TrialState,
    UnreadSweep,
)
from shared.errors import DatasetError, RecordRefused, SweepNotFound
from shared.ports import (
    AUDIT_KEPT_DAYS,
    LARGEST_DRAFT_BYTES,
    LAST_REPORTS_KEPT_SECONDS,
    WORKER_TTL_SECONDS,
    OutcomePage,
    WorkerReport,
)


class InMemoryStore:
    """Keeps everything in dictionaries of one process; ends with it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._sweeps: dict[str, Sweep] = {}
        self._outcomes: dict[str, TrialOutcome] = {}
        self._recorded_at: dict[str, datetime] = {}
        #: sweep id -> trial id -> when it came to the sweep, as a running number
        self._owned: dict[str, dict[str, int]] = {}
        self._sequence = 0
        #: who owned a failure that was forgotten, and gets what comes in its place
        self._forgotten: dict[str, set[str]] = {}
        self._attempts: dict[str, Attempt] = {}
        self._left_queues: dict[TaskAddress, None] = {}
        self._audit: dict[str, AuditEntry] = {}
        self._folds: dict[str, dict[int, FoldResult]] = {}
        self._workers: dict[str, tuple[WorkerReport, datetime]] = {}
        self._datasets: dict[str, tuple[DatasetInfo, bytes]] = {}
        self._uploads: dict[str, bytes] = {}
        #: id -> body, and when it was used last
        self._drafts: dict[str, tuple[str, datetime]] = {}

    def save_sweep(self, sweep: Sweep) -> None:
        """Insert or replace the sweep."""
        with self._lock:
            self._sweeps[sweep.sweep_id] = sweep
            self._owned.setdefault(sweep.sweep_id, {})

    def change_sweep(self, before: Sweep, after: Sweep) -> bool:
        """Put ``after`` in the place of ``before``; False where that no longer stands."""
        with self._lock:
            if self._sweeps.get(before.sweep_id) != before:
                return False
            self._sweeps[before.sweep_id] = after
            return True

    def sweep(self, sweep_id: str) -> Sweep:
        """Return the sweep, or raise SweepNotFound."""
        with self._lock:
            if sweep_id not in self._sweeps:
                raise SweepNotFound(f"There is no sweep {sweep_id}.")
            return self._sweeps[sweep_id]

    def summaries(self, sweep_ids: Sequence[str] | None = None) -> list[SweepSummary]:
        """Return the sweeps, the newest first, with their counts."""
        with self._lock:
            chosen = [sweep for id_, sweep in self._sweeps.items() if sweep_ids is None or id_ in sweep_ids]
            chosen.sort(key=lambda sweep: (sweep.created_at, sweep.sweep_id), reverse=True)
            return [self._summary(sweep) for sweep in chosen]

    def unread_sweeps(self) -> list[UnreadSweep]:
        """Return none: it keeps the very records."""
        return []

    def queued_sweeps(self) -> list[QueuedSweep]:
        """Return the sweeps whose ``queued`` is set, the oldest first."""
        with self._lock:
            found = [QueuedSweep.of(sweep) for sweep in self._sweeps.values() if sweep.queued]
        return sorted(found, key=lambda each: (each.created_at, each.sweep_id))

    def delete_sweep(self, sweep_id: str) -> bool:
        """Delete the sweep, and the outcomes that belong to no other sweep; return whether there was any of it."""
        with self._lock:
            known = self._sweeps.pop(sweep_id, None) is not None
            for waiting in self._forgotten.values():
                waiting.discard(sweep_id)
            self._attempts = {id_: each for id_, each in self._attempts.items() if each.sweep_id != sweep_id}
            for trial_id in self._owned.pop(sweep_id, {}):
                if not any(trial_id in owned for owned in self._owned.values()):
                    del self._outcomes[trial_id], self._recorded_at[trial_id]
            return known

    def leave_queue(self, address: TaskAddress) -> None:
        """Note the queue."""
        with self._lock:
            self._left_queues[address] = None

    def left_queues(self) -> list[TaskAddress]:
        """Return them, the longest left first."""
        with self._lock:
            return list(self._left_queues)

    def forget_left_queue(self, address: TaskAddress) -> None:
        """Note that it is gone."""
        with self._lock:
            self._left_queues.pop(address, None)

    def adopt(self, sweep_id: str, trial_ids: Collection[str], drops_of: Collection[str] = ()) -> set[str]:
        """Let the sweep own the outcomes that exist and are settled for it, and return the ids of those."""
        with self._lock:
            owned = self._owned.get(sweep_id)
            if owned is None:
                return set()
            settled = set()
            for trial_id in trial_ids:
                outcome = self._outcomes.get(trial_id)
                if outcome is None:
                    continue
                dropped = outcome.state is TrialState.DROPPED
                final = dropped and any(trial_id in self._owned.get(each, ()) for each in drops_of)
                if trial_id not in owned and (final or outcome.is_final_everywhere):
                    owned[trial_id] = self._next()
                if trial_id in owned and (outcome.state is not TrialState.DROPPED or self.sweep(sweep_id).spec.racing):
                    settled.add(trial_id)
            return settled

    def record(self, sweep_id: str, outcomes: Sequence[TrialOutcome]) -> None:
        """Write the outcomes of one task and let the sweep own them."""
        with self._lock:
            if sweep_id not in self._sweeps:
                return
            for outcome in outcomes:
                if self._is_late(outcome.attempt_id):
                    continue
                known = self._outcomes.get(outcome.trial_id)
                owned = self._owned[sweep_id]
                if known and known.state is TrialState.SUCCEEDED and outcome.state is not TrialState.SUCCEEDED:
                    if outcome.trial_id not in owned:
                        owned[outcome.trial_id] = self._next()
                    continue
                self._outcomes[outcome.trial_id] = outcome
                self._recorded_at[outcome.trial_id] = datetime.now(UTC)
                sequence = self._next()
                waiting = {sweep_id} | self._forgotten.pop(outcome.trial_id, set())
                for owner, trials in self._owned.items():
                    if owner in waiting or outcome.trial_id in trials:
                        trials[outcome.trial_id] = sequence

    def outcomes(self, sweep_id: str, after: str | None = None, limit: int = 10_000) -> OutcomePage:
        """Return outcomes of the sweep recorded after the cursor, in the order of recording."""
        with self._lock:
            start = int(after or 0)
            owned = self._owned.get(sweep_id, {})
            later = sorted((at, trial_id) for trial_id, at in owned.items() if at > start)[:limit]
            cursor = str(later[-1][0] if later else start)
            return OutcomePage(outcomes=tuple(self._outcomes[trial_id] for _, trial_id in later), cursor=cursor)

    def ranked(self, sweep_id: str, state: TrialState, limit: int) -> list[TrialOutcome]:
        """Return outcomes in that state: successes best first, the others by time."""
        with self._lock:
            found = [self._outcomes[id_] for id_ in self._owned.get(sweep_id, {})]
            found = [outcome for outcome in found if outcome.state is state]
            if state is TrialState.SUCCEEDED and found:
                metric = self.sweep(sweep_id).spec.ranking_metric
                info = metric_info(metric)
                found = [each for each in found if metric in each.scores]
                found.sort(key=lambda each: (info.loss(each.scores[metric].mean_score), each.trial_id))
            else:
                found.sort(key=lambda each: (each.finished_at, each.trial_id))
            return found[:limit]

    def forget_failures(self, sweep_id: str) -> int:
        """Delete the sweep's failed outcomes and return how many there were."""
        with self._lock:
            owned = self._owned.get(sweep_id, {})
            failed = [id_ for id_ in owned if self._outcomes[id_].state is TrialState.FAILED]
            for trial_id in failed:
                del self._outcomes[trial_id], self._recorded_at[trial_id]
                owners = {owner for owner, trials in self._owned.items() if trials.pop(trial_id, None) is not None}
                self._forgotten[trial_id] = owners
            return len(failed)

    def record_folds(self, results: Sequence[FoldResult]) -> None:
        """Keep what single folds gave."""
        with self._lock:
            for result in results:
                if self._is_late(result.attempt_id):
                    continue
                self._folds.setdefault(result.trial_id, {})[result.fold] = result

    def fold_results(self, trial_ids: Collection[str]) -> dict[str, list[FoldResult]]:
        """Return what is kept of each trial that has any, by fold."""
        with self._lock:
            kept = {id_: self._folds[id_] for id_ in trial_ids if id_ in self._folds}
            return {id_: [folds[fold] for fold in sorted(folds)] for id_, folds in kept.items()}

    def append_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Keep the attempts; of one id the first stands."""
        with self._lock:
            for attempt in attempts:
                if attempt.sweep_id in self._sweeps:
                    self._attempts.setdefault(attempt.attempt_id, attempt)

    def attempts(self, trial_ids: Collection[str]) -> dict[str, list[Attempt]]:
        """Return the attempts at each trial that has any, the first ended first."""
        with self._lock:
            ended = sorted(self._attempts.values(), key=lambda each: each.ended_at)
        found = {id_: [each for each in ended if id_ in each.trial_ids] for id_ in trial_ids}
        return {id_: attempts for id_, attempts in found.items() if attempts}

    def lost_attempts(self, limit: int = 1_000, *, in_pods: bool | None = None) -> list[Attempt]:
        """Return those that were lost with a worker after whom nobody has looked."""
        with self._lock:
            open_ = [each for each in self._attempts.values() if _is_open(each) and each.worker]
        if in_pods is not None:
            open_ = [each for each in open_ if (each.pod is not None) is in_pods]
        return sorted(open_, key=lambda each: each.ended_at)[:limit]

    def complete_attempt(self, attempt_id: str, end: AttemptEnd) -> bool:
        """Enter what was learned of a lost attempt, once."""
        with self._lock:
            attempt = self._attempts.get(attempt_id)
            if attempt is None or not _is_open(attempt):
                return False
            self._attempts[attempt_id] = attempt.model_copy(update=dict(end))
            return True

    def append_audit(self, entry: AuditEntry) -> None:
        """Keep the entry; of one id the first stands."""
        with self._lock:
            self._audit.setdefault(entry.entry_id, entry)

    def audit(self, limit: int = 200) -> list[AuditEntry]:
        """Return what was done last, the newest first."""
        kept = datetime.now(UTC) - timedelta(days=AUDIT_KEPT_DAYS)
        with self._lock:
            found = [entry for entry in self._audit.values() if entry.at > kept]
        return sorted(found, key=lambda entry: (entry.at, entry.entry_id), reverse=True)[:limit]

    def report(self, worker: WorkerReport) -> None:
        """Replace what the worker said before."""
        with self._lock:
            self._workers[worker.worker_id] = (worker, datetime.now(UTC))

    def silence(self, worker_id: str) -> None:
        """Let a worker's last report be so old that it counts as lost."""
        with self._lock:
            report, at = self._workers[worker_id]
            self._workers[worker_id] = report, at - timedelta(seconds=WORKER_TTL_SECONDS)

    def forget_worker(self, worker_id: str) -> None:
        """Remove a worker that leaves."""
        with self._lock:
            self._workers.pop(worker_id, None)

    def workers(self) -> list[WorkerReport]:
        """Return the workers that reported within WORKER_TTL_SECONDS, by id."""
        alive_since = datetime.now(UTC) - timedelta(seconds=WORKER_TTL_SECONDS)
        with self._lock:
            return [report for _, (report, at) in sorted(self._workers.items()) if at > alive_since]

    def last_reports(self, trial_ids: Collection[str]) -> list[WorkerReport]:
        """Return the last reports of workers that fell silent while at any of these trials, the latest first."""
        now, wanted = datetime.now(UTC), set(trial_ids)
        silent = now - timedelta(seconds=WORKER_TTL_SECONDS)
        kept = now - timedelta(seconds=LAST_REPORTS_KEPT_SECONDS)
        with self._lock:
            reports = sorted(self._workers.values(), key=lambda each: each[1], reverse=True)
        return [
            report
            for report, at in reports
            if kept < at <= silent and any(not wanted.isdisjoint(task.trial_ids) for task in report.running)
        ]

    def save_dataset(self, info: DatasetInfo, parquet: bytes) -> None:
        """Store a table once by its content hash; one that is stored keeps its content and gets this description."""
        with self._lock:
            _, kept = self._datasets.get(info.content_hash, (info, parquet))
            self._datasets[info.content_hash] = info, kept

    def describe_dataset(self, info: DatasetInfo) -> bool:
        """Give a stored table this description; False where it is not stored."""
        with self._lock:
            if info.content_hash not in self._datasets:
                return False
            self._datasets[info.content_hash] = info, self._datasets[info.content_hash][1]
            return True

    def delete_dataset(self, content_hash: str) -> bool:
        """Delete a table, and return whether it was stored."""
        with self._lock:
            return self._datasets.pop(content_hash, None) is not None

    def datasets(self) -> list[DatasetInfo]:
        """Return all stored tables, the newest first."""
        with self._lock:
            infos = [info for info, _ in self._datasets.values()]
        return sorted(infos, key=lambda info: (info.stored_at, info.content_hash), reverse=True)

    def load_dataset(self, content_hash: str) -> tuple[DatasetInfo, bytes]:
        """Return a table's description and Parquet file, or raise DatasetError."""
        with self._lock:
            if content_hash not in self._datasets:
                raise DatasetError(f"The store has no data set {content_hash}; launching the sweep again stores it.")
            return self._datasets[content_hash]

    def save_upload(self, content: bytes) -> str:
        """Keep a file as it was uploaded, once by its content, and return the SHA-256 of that."""
        upload_hash = hashlib.sha256(content).hexdigest()
        with self._lock:
            self._uploads[upload_hash] = content
        return upload_hash

    def load_upload(self, upload_hash: str) -> bytes:
        """Return an uploaded file as it was, or raise DatasetError."""
        with self._lock:
            if upload_hash not in self._uploads:
                raise DatasetError(f"The store has no uploaded file {upload_hash}; upload it again.")
            return self._uploads[upload_hash]

    def delete_upload(self, upload_hash: str) -> bool:
        """Delete an uploaded file, and return whether it was kept."""
        with self._lock:
            return self._uploads.pop(upload_hash, None) is not None

    def save_draft(self, draft_id: str, body: str) -> None:
        """Insert or replace the draft. Raises RecordRefused for one that is too large."""
        if len(body.encode()) > LARGEST_DRAFT_BYTES:
            raise RecordRefused("The store in memory", f"a draft is larger than {LARGEST_DRAFT_BYTES:,} bytes")
        with self._lock:
            self._drafts[draft_id] = body, datetime.now(UTC)

    def load_draft(self, draft_id: str) -> str | None:
        """Return the draft, used now; None where there is none of that id."""
        with self._lock:
            if draft_id not in self._drafts:
                return None
            body, _ = self._drafts[draft_id]
            self._drafts[draft_id] = body, datetime.now(UTC)
            return body

    def forget_drafts(self, unused_for: timedelta) -> int:
        """Remove the drafts that were not used for so long, and return how many."""
        with self._lock:
            before = datetime.now(UTC) - unused_for
            old = [draft_id for draft_id, (_, used_at) in self._drafts.items() if used_at <= before]
            for draft_id in old:
                del self._drafts[draft_id]
            return len(old)

    def close(self) -> None:
        """Release nothing: there are no connections."""

    def _is_late(self, attempt_id: str) -> bool:
        attempt = self._attempts.get(attempt_id)
        return attempt is not None and attempt.is_fenced

    def _summary(self, sweep: Sweep) -> SweepSummary:
        owned = self._owned[sweep.sweep_id]
        succeeded = self.ranked(sweep.sweep_id, TrialState.SUCCEEDED, len(owned))
        best = succeeded[0] if succeeded else None
        return SweepSummary(
            sweep=sweep,
            succeeded=sum(self._outcomes[id_].state is TrialState.SUCCEEDED for id_ in owned),
            failed=sum(self._outcomes[id_].state is TrialState.FAILED for id_ in owned),
            dropped=sum(self._outcomes[id_].state is TrialState.DROPPED for id_ in owned),
            best_score=best.scores[sweep.spec.ranking_metric].mean_score if best else None,
            best_trial_id=best.trial_id if best else None,
            last_recorded_at=max((self._recorded_at[id_] for id_ in owned), default=None),
        )

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence


def _is_open(attempt: Attempt) -> bool:
    return attempt.cause is AttemptCause.LOST and attempt.looked_at is None

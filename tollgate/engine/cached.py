"""Linting many files with the results of earlier runs at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tollgate.engine.cache import ResultCache
from tollgate.engine.lint import FileResult, Linter, content_digest
from tollgate.engine.many import Read, Work, lint_many


def lint_cached(
    work: Sequence[Work],
    *,
    linter: Linter,
    read: Read,
    jobs: int,
    done: Callable[[int], None],
    key: str,
    load: Callable[[str], str | None],
    store: Callable[[str, str], object],
) -> list[FileResult]:
    """As `lint_many`; files whose content was linted before under the same `key` are not read again."""
    cache = ResultCache(key, load=load, store=store)
    known: dict[int, FileResult] = {}
    for index, one in enumerate(work):
        content = read(one)
        if content.data is not None:
            found = cache.get(one.path, one.kind, content_digest(content.data))
            if found is not None:
                known[index] = found
    missing = [one for index, one in enumerate(work) if index not in known]
    fresh = iter(
        lint_many(missing, linter=linter, read=read, jobs=jobs, done=lambda count: done(len(known) + count))
    )
    results = [known[index] if index in known else next(fresh) for index in range(len(work))]
    for index, one in enumerate(work):
        if index not in known and results[index].cacheable:
            cache.put(one.kind, results[index])
    cache.save()
    return results

"""A watch on the log: what is said at WARNING or above without being expected."""

from __future__ import annotations

import logging
import re
from types import TracebackType
from typing import Self


class LogWatch(logging.Handler):
    """Collects records from the root logger while it is entered."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._expected: list[re.Pattern[str]] = []
        self._records: list[logging.LogRecord] = []

    def expect(self, pattern: str) -> None:
        """Records whose message holds `pattern` are right, also those that came before."""
        self._expected.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        """One line for each record nobody expected."""
        return [
            f"{record.levelname} {record.name}: {record.getMessage()}"
            for record in self._records
            if not any(pattern.search(record.getMessage()) for pattern in self._expected)
        ]

    def emit(self, record: logging.LogRecord) -> None:
        self._records.append(record)

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        logging.getLogger().removeHandler(self)

"""Where an upload stands, and every step from one state to another."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class UploadState(Enum):
    STARTING = "the first chunk is due or in flight"
    RUNNING = "the server accepts chunks"
    DOUBTFUL = "the last chunk was repeated and the server knows no upload: finished, or forgotten"
    FINISHED = "the server has everything"
    FAILED = "it cannot go on; see `error`"


class UploadStep(Enum):
    ACCEPTED = "the server took the first chunk, or goes on with an upload begun before"
    FORGOTTEN = "the server knows no upload any more after all of it was sent"
    BEGUN_ANEW = "the server knows no upload: everything is sent again"
    COMPLETED = "the server's word, or its image list, says that it has everything"
    GIVEN_UP = "there is no hope, or the server refuses"


STEPS: Mapping[tuple[UploadState, UploadStep], UploadState] = {
    (UploadState.STARTING, UploadStep.ACCEPTED): UploadState.RUNNING,
    (UploadState.STARTING, UploadStep.COMPLETED): UploadState.FINISHED,
    (UploadState.STARTING, UploadStep.GIVEN_UP): UploadState.FAILED,
    (UploadState.RUNNING, UploadStep.FORGOTTEN): UploadState.DOUBTFUL,
    (UploadState.RUNNING, UploadStep.BEGUN_ANEW): UploadState.STARTING,
    (UploadState.RUNNING, UploadStep.COMPLETED): UploadState.FINISHED,
    (UploadState.RUNNING, UploadStep.GIVEN_UP): UploadState.FAILED,
    (UploadState.DOUBTFUL, UploadStep.BEGUN_ANEW): UploadState.STARTING,
    (UploadState.DOUBTFUL, UploadStep.COMPLETED): UploadState.FINISHED,
    (UploadState.DOUBTFUL, UploadStep.GIVEN_UP): UploadState.FAILED,
}
"""Every step there is. What is over stays over. The circle STARTING - RUNNING - (DOUBTFUL) is left
in any case: it is entered anew at most `RESTARTS` times."""

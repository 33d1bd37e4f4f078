"""A picture that is shown beside the words (`reference=JOB`): which one, and whether the model can be shown any."""

from __future__ import annotations

from core.domain.catalogue import ModelSpec
from core.domain.command import Command
from core.domain.job import Job
from core.domain.names import BlobId, JobId
from core.domain.request import MAPS, Reference
from core.errors import InputError, ModelError, NotFoundError, UnknownNameError

_PARTS = ("original", "reference", *MAPS)  # of a job; its result needs no name


def named_job(text: str) -> JobId:
    """Of "JOB", "JOB:original", "JOB:reference" or "JOB:map"."""
    return JobId(text.partition(":")[0].strip().lower())


def named_picture(job: Job, text: str) -> BlobId:
    """The picture of a job that such a text means. Raises NotFoundError and UnknownNameError."""
    part = text.partition(":")[2].strip().lower()
    if part not in {"", *_PARTS}:
        raise UnknownNameError("alone", what="picture of a job", given=part[:40], known=", ".join(_PARTS))
    if part == "original":
        return job.request.picture
    if part == "reference" and job.request.reference:
        return job.request.reference.picture
    for name, control in zip(MAPS, job.request.controls, strict=False):
        if name == part and control.hint:
            return control.hint
    if part == "" and job.outcome:
        return job.outcome.result
    raise NotFoundError("picture")


def reference_of(command: Command, picture: BlobId | None, spec: ModelSpec, model: str) -> Reference | None:
    """What a request says of it. Raises InputError and ModelError."""
    if picture is None:
        if command.reference_scale is not None:
            raise InputError("no-reference")
        return None
    if not spec.adapter:
        raise ModelError("no-reference", model=model)
    if command.reference_scale is None:
        return Reference(picture=picture)
    return Reference(picture=picture, scale=command.reference_scale)

"""The REST API below `/api/v1`."""

from __future__ import annotations

from fastapi import APIRouter, Depends

from ..models.parameters import refuse_repeated, refuse_unknown
from . import (
    credentials,
    imports,
    links,
    occupations,
    programmes,
    providers,
    queries,
    record_writes,
    search,
    skills,
    stacking,
    validations,
)

router = APIRouter(prefix="/api/v1", dependencies=[Depends(refuse_repeated), Depends(refuse_unknown)])
for part in (
    credentials, record_writes, imports, skills, occupations, programmes, providers, search, queries, stacking,
    links, validations,
):  # fmt: skip
    router.include_router(part.router)

"""The REST API below `/api/v1`."""

from __future__ import annotations

from fastapi import APIRouter

from . import credentials, occupations, programmes, providers, queries, search, skills, stacking, validations

router = APIRouter(prefix="/api/v1")
for part in (credentials, skills, occupations, programmes, providers, search, queries, stacking, validations):
    router.include_router(part.router)

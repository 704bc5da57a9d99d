"""The REST resource of links: texts in the words people use, linked to skills and occupations of ESCO."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from ...errors import InvalidArgument, StoreUnavailable
from ...rdf.media_types import JSON
from ...workers.link_task import LinkTask
from ..edge.body import read_limited
from ..edge.caching import NEVER
from ..edge.call import PROBLEMS
from ..edge.client_rate import asking_client
from ..edge.leaving import unless_client_left
from ..edge.openapi import Responses
from ..edge.release_choice import TAKES_RELEASE, as_files, reader_of
from ..edge.services import services_of
from .link_models import LinkRequest, LinksModel

_MOST_KB = 1024
_PROBLEMS: Responses = {
    404: {"description": "There is no such release"},
    413: {"description": f"The texts have more than {_MOST_KB} KiB"},
    422: PROBLEMS[422],
    503: {"description": "Nothing is published yet, too many wait, or the texts take too much memory"},
    504: {"description": "Linking met its time limit: send fewer texts at once"},
}
_BODY = {"requestBody": {"required": True, "content": {JSON: {"schema": LinkRequest.model_json_schema()}}}}

router = APIRouter(tags=["linking"], responses=_PROBLEMS, dependencies=[TAKES_RELEASE])


@router.post("/links", response_model=LinksModel, summary="Link texts to ESCO", openapi_extra=_BODY)
async def link_texts(request: Request) -> Response:
    """Answer with the skills, or occupations, that each text means, each with a probability and what it rests on.

    A long text is linked statement by statement. Nothing of it is stored or logged. The linker was made from job
    advertisements in English and skill names in Swedish; its links are proposals for a person to confirm.
    """
    body = await read_limited(request, _MOST_KB * 1024, f"the texts may have {_MOST_KB} KiB at most: send fewer")
    asked = LinkRequest.read(body)
    services = services_of(request)
    texts = [asked.text] if asked.text is not None else asked.texts or []
    if len(texts) > services.settings.link_texts:
        raise InvalidArgument(f"texts may hold {services.settings.link_texts} texts at most, got {len(texts)}")
    reader = await run_in_threadpool(reader_of, request)
    files = await run_in_threadpool(as_files, request, reader)
    if files is None or files.path is None:
        raise StoreUnavailable("links are made from the files of a release; of what answers here there are none")
    task = LinkTask(
        release=files.number,
        store=str(files.path.absolute() / "store"),
        tag=files.tag,
        texts=texts,
        language=asked.lang or None,
        limit=asked.limit,
        kind=asked.type,
    )
    found = await unless_client_left(request, services.link_pool.run(task, asking_client(request)))
    return Response(found, headers={**NEVER, "Content-Type": JSON})

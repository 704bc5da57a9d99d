"""Serves the list of releases: how to cite one, and what changed from one to another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import Field

from ...rdf.media_types import HTML, JSON
from ...rdf.results import GRAPH_TYPES
from ...releases.dumps import find_dumps
from ...releases.releases import Release, Releases
from ..edge.caching import cache_headers, conditional
from ..edge.call import PROBLEMS
from ..edge.openapi import in_formats
from ..edge.release_choice import releases_modified
from ..edge.services import basics_of
from ..edge.written import choose_media_type, written
from ..models.addresses import Addresses
from ..models.languages import TAKES_LANGUAGE, preferred_language
from ..models.models import AnswerModel
from ..models.parameters import Format, PageFormat, refuse_repeated, refuse_unknown
from ..models.whole_numbers import Whole
from ..pages.assets import pages_version
from ..pages.render import HtmlPage, html
from .changes import router as changes
from .dcat import citation, describe_kept

router = APIRouter(
    tags=["releases"], responses=PROBLEMS, dependencies=[Depends(refuse_repeated), Depends(refuse_unknown)]
)
router.include_router(changes)

Number = Annotated[Whole, Path(ge=1, le=2**31 - 1, description="Number of a release.", examples=[1])]


class ReleaseModel(AnswerModel):
    """A release. `id` is its stable IRI; `checksum` is the SHA-256 over the checksums of its files."""

    id: str = Field(examples=["http://localhost:8000/releases/1"])
    release: int
    created: str = Field(examples=["2026-11-23T12:00:00+00:00"])
    name: str | None = Field(None, description="The name it is kept for good under.", examples=["2026 autumn"])
    redacted: list[str] | None = Field(
        None, description="When something was taken out of it for good; it has another checksum since."
    )
    serves: bool = Field(description="Whether it answers when no `release=` is given.")
    counts: dict[str, int] = Field(examples=[{"credential": 94}])
    checksum: str
    citation: str
    links: dict[str, str]


class ReleasesModel(AnswerModel):
    """Every kept release, newest first."""

    items: list[ReleaseModel]


@router.get(
    "/releases",
    response_model=ReleasesModel,
    responses=in_formats(HTML),
    dependencies=[TAKES_LANGUAGE],
    summary="List the releases",
)
def list_releases(request: Request, format_name: PageFormat = None) -> Response:
    """Answer with the kept releases, newest first: number, time, counts, checksum and how to cite each."""
    published = _releases(request)
    found, serving = published.releases()[::-1], published.current_number()
    tag = _tag(found, serving, published.kept())
    modified = releases_modified(request)
    known = conditional(request, tag)
    if known is not None:
        known.headers.update(modified)
        return known
    models = [_model(request, release, serving) for release in found]
    if choose_media_type(request, format_name, (JSON, HTML)) == HTML:
        page = HtmlPage(request, preferred_language(request))
        answer = html(page, "releases.html", {"releases": models})
    else:
        answer = Response(ReleasesModel(items=models).model_dump_json().encode(), media_type=JSON)
    answer.headers.update({**cache_headers(request, tag), **modified})
    return answer


@router.get(
    "/releases/{number}", response_model=ReleaseModel, responses=in_formats(*GRAPH_TYPES, HTML),
    dependencies=[TAKES_LANGUAGE], summary="Describe a release",
)  # fmt: skip
def describe_release(request: Request, number: Number, format_name: Format = None) -> Response:
    """Answer with one release under its stable IRI: JSON, its VoID description in any RDF format, or a page."""
    published = _releases(request)
    release, serving = published.release(number), published.current_number()
    tag = _tag([release], serving, published.kept())
    modified = releases_modified(request)
    known = conditional(request, tag)
    if known is not None:
        known.headers.update(modified)
        return known
    media_type = choose_media_type(request, format_name, (JSON, *GRAPH_TYPES, HTML))
    model = _model(request, release, serving)
    if media_type == HTML:
        answer = html(HtmlPage(request, preferred_language(request)), "releases.html", {"releases": [model]})
    elif media_type == JSON:
        answer = Response(model.model_dump_json().encode(), media_type=JSON)
    else:
        triples = describe_kept(basics_of(request).settings, release)
        answer = written(request, model.id, triples, media_type)
    answer.headers.update({**cache_headers(request, tag), **modified})
    return answer


def _model(request: Request, release: Release, serving: int | None) -> ReleaseModel:
    base, about = _base(request), release.about
    iri, root = f"{base}/releases/{release.number}", _addresses(request, None).path
    return ReleaseModel(
        id=iri,
        release=release.number,
        created=about["created"],
        redacted=about.get("redacted"),
        name=_releases(request).kept().get(release.number),
        serves=release.number == serving,
        counts=about["counts"],
        checksum=about["checksum"],
        citation=citation(base, release),
        links={
            "self": root(f"/releases/{release.number}"),
            "dumps": root(f"/dumps/{release.number}/"),
            "search": root(f"/api/v1/credentials?release={release.number}"),
            "void": root(f"/void?release={release.number}"),
        },
    )


def _tag(releases: Iterable[Release], serving: int | None, kept: Mapping[int, str]) -> str:
    state = [(release.tag, len(find_dumps(release.path)), kept.get(release.number)) for release in releases]
    return f"{state}/{serving}/{pages_version()}"


def _addresses(request: Request, release: int | None) -> Addresses:
    return Addresses(_base(request), str(release) if release else "")


def _releases(request: Request) -> Releases:
    return Releases(basics_of(request).settings.data)


def _base(request: Request) -> str:
    return basics_of(request).settings.base_url

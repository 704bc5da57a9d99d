"""The JSON that linking takes and answers with, as OpenAPI shows it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ...errors import InvalidArgument, json_fault
from ...linking.linker.linker import LONGEST_TEXT
from ...rdf.namespaces import ESCO_SKILLS
from ..models.models import AnswerModel

MOST_LINKS = 100
_Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class LinkRequest(BaseModel):
    """Texts in the words people use; `text` or `texts`, not both."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: _Text | None = Field(None, description="One text.", examples=["You will write SQL queries."])
    texts: list[_Text] | None = Field(None, min_length=1, description="Many texts; each has a result, in this order.")
    lang: str | None = Field(None, description="Language of the texts; null or absent: found out.", examples=["en"])
    limit: int = Field(5, ge=1, le=MOST_LINKS, description="Most links of a text.")
    type: Literal["skill", "occupation"] = Field("skill", description="What to link to.")

    @classmethod
    def read(cls, body: bytes) -> LinkRequest:
        """Return the request that a body holds.

        Raises:
            InvalidArgument: it is no JSON, or a field is unknown or has a value that is not allowed.
        """
        try:
            found = cls.model_validate(json.loads(body))
        except ValidationError as error:
            wrong = ((_pointer(each["loc"]), each["msg"]) for each in error.errors(include_url=False)[:20])
            raise InvalidArgument("; ".join(f"{pointer}: {message}" for pointer, message in wrong)) from error
        except (ValueError, RecursionError) as error:
            raise InvalidArgument(f"the body must be JSON: {json_fault(error)}") from error
        if (found.text is None) == (found.texts is None):
            raise InvalidArgument("give either text or texts")
        return found


def _pointer(location: tuple[int | str, ...]) -> str:
    return "/" + "/".join(str(part) for part in location)


class LinkerModel(AnswerModel):
    """What made the links; the same release, linker and request give the same bytes."""

    method: str = Field(examples=["pinoamo-ngrams-1"])
    model: str = Field(description="The start of the checksum of what the reranker was made from.")
    threshold: float = Field(description="From this probability on a link is given without abstaining.")


class LinkModel(AnswerModel):
    """A skill, or an occupation, that a text may mean."""

    skill: str = Field(description="Its IRI; that of an occupation when `type` says so.", examples=[ESCO_SKILLS + "…"])
    label: str = Field(description="Its preferred label, in the language of the text where there is one.")
    score: float = Field(description="Log-odds.")
    probability: float = Field(ge=0, le=1)
    features: dict[str, Any] = Field(
        description="What it rests on. `method`: `exact` (the text is the label), `label` (the label stands in it), "
        "`alike`, or `broader` (it is above those in `narrower`, which speak for it together); "
        "`matched`, the label that is, and its `lang`; "
        "then numbers, which docs/linking.md explains."
    )
    span: list[int] = Field(min_length=2, max_length=2, description="Where in the text: first character, last + 1.")


class LinkedModel(AnswerModel):
    """What one text means, the likeliest first."""

    text: str
    lang: str = Field(description="The language that the labels were compared in; empty when there are none.")
    abstained: bool = Field(description="No link is as probable as the threshold.")
    links: list[LinkModel]


class LinksModel(AnswerModel):
    """Links of texts to ESCO."""

    release: int
    esco_version: str = Field(description="Empty when the data do not tell it.", examples=["1.1.1"])
    linker: LinkerModel
    results: list[LinkedModel]

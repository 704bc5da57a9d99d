"""The OpenAPI document comes from the routes: a new one needs no second place (docs/architecture.md)."""

from __future__ import annotations

import ast
from pathlib import Path as FilePath
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, FastAPI, Path, Request, Response

from service.app import create_app
from service.settings import Settings
from service.web.edge import openapi, problems
from service.web.edge.authorisation import NEEDS_KEY
from service.web.edge.openapi import in_formats
from service.web.edge.release_choice import TAKES_RELEASE

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def toys() -> dict[str, Any]:
    """Return the document of an application that has operations this project never had, and nothing else new."""
    router = APIRouter(prefix="/toys", tags=["toys"])

    @router.get(
        "/{key}", summary="Read a toy", response_class=Response, dependencies=[TAKES_RELEASE],
        responses={404: {"description": "No such toy"}, **in_formats("text/turtle", "text/html")},
    )  # fmt: skip
    def read(key: Annotated[str, Path(description="Its name.", examples=["bear"])]) -> Response:
        """Answer with a toy."""
        return Response(key)

    @router.put(
        "/{key}", summary="Write a toy", dependencies=[NEEDS_KEY],
        responses={409: {"description": "It is being played with"}},
        openapi_extra={
            "requestBody": {
                "content": {
                    "application/json": {
                        "schema": {
                            "$ref": "#/components/schemas/ToyModel",
                            "$defs": {"ToyModel": {"type": "object", "properties": {"name": {"type": "string"}}}},
                        }
                    }
                }
            }
        },
    )  # fmt: skip
    async def write(request: Request, key: Annotated[str, Path(examples=["bear"])]) -> Response:
        return Response(key)

    app = create_app(Settings(base_url="https://example.org/kg"))
    app.include_router(router)
    return app.openapi()


def test_a_new_route_has_all_it_says_of_itself(toys: dict[str, Any]) -> None:
    read = toys["paths"]["/toys/{key}"]["get"]
    assert read["tags"] == ["toys"]
    assert list(read["responses"]["200"]["content"]) == ["text/turtle", "text/html"]
    parameters = {each["name"]: each for each in read["parameters"]}
    assert set(parameters) == {"key", "release"}
    assert parameters["key"]["schema"]["examples"] == ["bear"]
    release = parameters["release"]
    assert (release["in"], release["required"]) == ("query", False)
    assert {"type": "integer", "minimum": 1, "examples": [1]}.items() <= release["schema"].items()
    assert "security" not in read


def test_a_new_route_has_what_holds_for_all(toys: dict[str, Any]) -> None:
    read, write = (toys["paths"]["/toys/{key}"][method] for method in ("get", "put"))
    for responses, codes in (
        (read["responses"], {"404", "default"}),
        # A body is read within limits, and counts against the rate of its client.
        (write["responses"], {"400", "409", "429", "default"}),
    ):
        assert codes <= {code for code in responses if code == "default" or code >= "400"}
        for code in codes:
            (content,) = responses[code]["content"].items()
            assert content[0] == PROBLEM
            assert content[1]["schema"] == {"$ref": "#/components/schemas/Problem"}
            assert content[1]["example"]["type"].startswith("https://example.org/kg/problems/")


def test_a_new_route_that_needs_a_key_says_which(toys: dict[str, Any]) -> None:
    assert toys["paths"]["/toys/{key}"]["put"]["security"] == [{"key": []}]
    scheme = toys["components"]["securitySchemes"]["key"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")


def test_schemas_that_a_new_route_brings_along_are_found(toys: dict[str, Any]) -> None:
    schema = toys["paths"]["/toys/{key}"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema == {"$ref": "#/components/schemas/ToyModel"}
    assert toys["components"]["schemas"]["ToyModel"]["properties"] == {"name": {"type": "string"}}


def test_what_completes_the_document_knows_no_address_and_no_tag() -> None:
    document = FastAPI.openapi(create_app(Settings()))
    names = {part for path in document["paths"] for part in path.split("/") if part and not part.startswith("{")}
    tags = {tag for operations in document["paths"].values() for each in operations.values() for tag in each["tags"]}
    source = FilePath(openapi.__file__).read_text("utf-8")
    texts = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
    }
    assert texts & {f"/{name}" for name in names} == set()
    assert [text for text in texts if text.startswith("/") and text not in ("/", "/problems/")] == []
    assert texts & tags == set()


def test_every_refusal_that_is_documented_is_of_a_kind_with_that_status(toys: dict[str, Any]) -> None:
    status_of = {slug: status for slug, (status, _, _) in problems.kinds()}
    for operations in toys["paths"].values():
        for operation in operations.values():
            for code, answer in operation["responses"].items():
                if code.isdigit() and code >= "400":
                    slug = answer["content"][PROBLEM]["example"]["type"].rpartition("/")[2]
                    assert status_of[slug] == int(code)


def test_every_operation_that_writes_for_a_key_says_that_it_needs_one() -> None:
    """An operation that documents a 401 is one that a key opens, and none of the others asks for one."""
    document = create_app(Settings()).openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert ("401" in operation["responses"]) == ("security" in operation), f"{method} {path}"

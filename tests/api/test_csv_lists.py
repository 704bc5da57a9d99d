"""Lists come as CSV for whoever prefers it: every record, one row each, values as the JSON has them."""

from __future__ import annotations

import csv
from typing import Any

import pytest
from fastapi.testclient import TestClient

SKILL = "ccd0a1d9-afda-43d9-b901-96344886e14d"
COLLECTIONS = ["credentials", "skills", "occupations", "programmes", "providers"]
LISTS = [
    *COLLECTIONS, f"skills/{SKILL}/credentials", f"skills/{SKILL}/occupations",
    "programmes/koivula-bsc-computing/credentials",
]  # fmt: skip
CSV = {"Accept": "text/csv"}


def rows(client: TestClient, path: str, **headers: str) -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text.endswith("\r\n")  # RFC 4180
    return list(csv.DictReader(answer.text.splitlines()))


def everything(client: TestClient, path: str) -> list[dict[str, Any]]:
    address, found = f"/api/v1/{path}?limit=200&lang=en", []
    while address:
        answer = client.get(address)
        found += answer.json()["items"]
        address = answer.links.get("next", {}).get("url", "")
    return found


def identity(record: dict[str, Any]) -> str:
    inner = record.get("occupation") or record.get("credential") or record
    return str(inner["id"])


@pytest.mark.parametrize("path", LISTS)
def test_csv_is_the_whole_list_in_its_order(demo: TestClient, path: str) -> None:
    found = rows(demo, f"{path}?format=csv&lang=en")
    names = ("id", "occupation_id", "credential_id")
    ids = [next(row[name] for name in names if name in row) for row in found]
    assert ids == [identity(record) for record in everything(demo, path)]
    assert len(ids) > 0
    assert rows(demo, f"{path}?lang=en", **CSV) == found


def test_a_row_has_the_values_of_the_record(demo: TestClient) -> None:
    # The row of the demo: Koivula, 5 ECTS, level 6, online, English, Finland, field 0613.
    (row,) = [row for row in rows(demo, "credentials?format=csv&lang=sv") if row["id"].endswith("/python-for-data")]
    assert row == {
        "id": "http://localhost:8000/id/credential/python-for-data",
        "title": "Python för arbete med data",
        "provider_id": "http://localhost:8000/id/organisation/koivula",
        "provider_name": "Koivula universitet",
        "ects": "5",
        "level": "http://data.europa.eu/snb/eqf/6",
        "modes": "http://data.europa.eu/snb/learning-assessment/920fbb3cbe",
        "languages": "http://publications.europa.eu/resource/authority/language/ENG",
        "countries": "http://publications.europa.eu/resource/authority/country/FIN",
        "fields": "http://data.europa.eu/snb/isced-f/0613",
        "definition": "met",
        "described": "",
        "missing": "",
        "link": "http://localhost:8000/api/v1/credentials/python-for-data",
    }


def test_filters_limit_and_offset_count_for_csv_too(demo: TestClient) -> None:
    whole = rows(demo, "credentials?country=SE&format=csv")
    assert len(whole) == demo.get("/api/v1/credentials?country=SE").json()["total"] > 5
    assert rows(demo, "credentials?country=SE&format=csv&offset=2&limit=3") == whole[2:5]
    assert rows(demo, "credentials?country=SE&format=csv&offset=4") == whole[4:]
    assert rows(demo, "credentials?format=csv&offset=100000") == []


def test_json_stays_what_lists_are_unless_csv_is_preferred(demo: TestClient) -> None:
    for accept in ("*/*", "application/json", "application/json, text/csv;q=0.5", "image/png"):
        answer = demo.get("/api/v1/skills", headers={"Accept": accept})
        assert answer.headers["content-type"].startswith("application/json")
    assert demo.get("/api/v1/skills?format=ttl").status_code == 406
    assert demo.get("/api/v1/skills?format=json", headers=CSV).headers["content-type"] == "application/json"


def test_csv_is_kept_apart_from_json_by_caches(demo: TestClient) -> None:
    plain, table = demo.get("/api/v1/skills"), demo.get("/api/v1/skills", headers=CSV)
    assert plain.headers["etag"] != table.headers["etag"]
    assert "Accept" in table.headers["vary"]
    again = demo.get("/api/v1/skills", headers={**CSV, "If-None-Match": table.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_description_tells_of_csv(demo: TestClient, collection: str) -> None:
    operation = demo.get("/openapi.json").json()["paths"][f"/api/v1/{collection}"]["get"]
    assert {"text/csv", "application/json"} <= set(operation["responses"]["200"]["content"])
    assert "format" in {parameter["name"] for parameter in operation["parameters"]}

"""Documents and queries with something broken in them, for Hypothesis."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

_PIECES = (
    b"\x00", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf0\x9f\x98\x80", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\r",
    b"\\u0000", b"\\uD800", b"\\", b'"', b"'", b'"""', b"<", b">", b"{", b"}", b"[", b"]", b"(", b")", b"@", b"^^",
    b":", b";", b".", b"#", b"?", b"*", b"%", b"%zz", b"&#0;", b"&x;", b"]]>", b"<!--", b"1e999", b"-", b"9" * 400,
    b"a" * 5000, b"<a:b>", b"_:b", b"null", b"[[[[[[[[", b"FROM", b"SERVICE", b"@context", b"@id", b"xsd:duration",
    b"P1Y", b"en-",
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, seeds: Sequence[bytes]) -> bytes:
    """Return one of the seeds, or two spliced, after a few cuts, repetitions, insertions and exchanged bytes."""
    data = draw(st.sampled_from(seeds))
    if draw(st.integers(0, 9)) == 0:
        other = draw(st.sampled_from(seeds))
        data = data[: _place(draw, data)] + other[_place(draw, other) :]
    for _ in range(draw(st.integers(1, 5))):
        start = _place(draw, data)
        end = min(len(data), start + draw(st.sampled_from((0, 1, 2, 8, 64, 1000))))
        middle = draw(
            st.one_of(
                st.just(b""),
                st.just(data[start:end] * 3),
                st.sampled_from(_PIECES),
                st.binary(min_size=1, max_size=4),
            )
        )
        data = data[:start] + middle + data[end:]
    return data


def _place(draw: st.DrawFn, data: bytes) -> int:
    return draw(st.integers(0, len(data)))

# docker build --tag pinoamo .        What it runs on: docs/scaling.md.
# By exact tag; docs/scaling.md says how to pin it by digest too (--build-arg BASE=…@sha256:…).
ARG BASE=python:3.12.12-slim-bookworm
FROM ${BASE} AS build
WORKDIR /build
COPY requirements.lock requirements-fast.lock ./
RUN python -m venv /opt/pinoamo \
 && /opt/pinoamo/bin/pip install --no-cache-dir --require-hashes -r requirements.lock \
 && (/opt/pinoamo/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements-fast.lock \
     || echo "No fast validator for this platform: pySHACL will be used")
COPY pyproject.toml LICENSE ./
COPY pinoamo pinoamo
COPY service service
COPY loaders loaders
COPY ontology ontology
COPY shapes shapes
COPY queries queries
COPY data data
RUN /opt/pinoamo/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM ${BASE}
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin pinoamo \
 && install --directory --owner=pinoamo --group=pinoamo /data
COPY --from=build /opt/pinoamo /opt/pinoamo
ENV PATH=/opt/pinoamo/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PINOAMO_DATA=/data \
    PINOAMO_LOG_FORMAT=json \
    PINOAMO_LOG_LEVEL=info \
    PINOAMO_DRAIN_SECONDS=5
USER pinoamo
WORKDIR /data
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["pinoamo"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]

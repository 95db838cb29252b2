# One image for every service of the bridge; the first word says which:
#   web, worker, beat, or any command such as `bridge db upgrade`.
# Any Debian-like image with Python 3.11, venv and useradd serves as base. No compiler is needed.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS packages
COPY requirements.lock /tmp/requirements.lock
RUN python3 -m venv /opt/bridge/venv \
 && /opt/bridge/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
      --only-binary :all: --require-hashes -r /tmp/requirements.lock

FROM ${BASE_IMAGE}
RUN groupadd --gid 10001 bridge \
 && useradd --uid 10001 --gid bridge --no-create-home --home-dir /nonexistent \
      --shell /usr/sbin/nologin bridge \
 && install -d -o bridge -g bridge -m 0700 /var/lib/bridge/anchor /var/lib/bridge/beat
COPY --from=packages /opt/bridge/venv /opt/bridge/venv
COPY LICENSE /opt/bridge/LICENSE
COPY api /opt/bridge/app/api
COPY bridge /opt/bridge/app/bridge
COPY migrations /opt/bridge/app/migrations
COPY schemas /opt/bridge/app/schemas
COPY web /opt/bridge/app/web
COPY deploy/figures.py /opt/bridge/deploy/figures.py
COPY deploy/entrypoint.sh /usr/local/bin/bridge-entrypoint
COPY deploy/bridge.sh /usr/local/bin/bridge
# Whatever the permissions of the checkout were, the code is everybody's to read and nobody's to write.
RUN chmod -R a+rX,go-w /opt/bridge/app /opt/bridge/deploy && chmod 0755 /usr/local/bin/bridge-entrypoint /usr/local/bin/bridge \
 && /opt/bridge/venv/bin/python -m compileall -q /opt/bridge/app /opt/bridge/deploy
ENV PATH=/opt/bridge/venv/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONPATH=/opt/bridge/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PROMETHEUS_MULTIPROC_DIR=/tmp/bridge-metrics
WORKDIR /var/lib/bridge
USER 10001:10001
EXPOSE 8000
# Of the web service; docker-compose.yml says how the others show that they live.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["bridge-entrypoint"]
CMD ["web"]

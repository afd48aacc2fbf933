# A grading host's Celery worker: no Django, no database driver, no suite's packages. It starts sandboxes through the
# Docker Engine's socket, which makes it as powerful as root on its host (docs/how-to/compose.md).
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS environment
COPY wheels/runner /wheels
COPY requirements/runner.txt /requirements.txt
RUN python3 -m venv /opt/coursehub \
 && /opt/coursehub/bin/pip install --no-index --find-links /wheels --no-cache-dir --disable-pip-version-check -r /requirements.txt

FROM ${BASE_IMAGE}
COPY --from=environment /opt/coursehub /opt/coursehub
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin coursehub \
 && install --directory --owner 10001 --mode 0700 /srv/suites
WORKDIR /srv/coursehub
ENV PATH=/opt/coursehub/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 RUNNER_SANDBOX=docker
COPY deploy/__init__.py deploy/health.py deploy/
COPY gpu_worker gpu_worker
COPY runners runners
USER 10001
CMD ["sh", "-c", "exec celery -A runners.app worker -P threads -c \"${RUNNER_SLOTS:-2}\" -Q \"lane.${RUNNER_LANE:-cpu}\" --without-gossip --without-mingle --without-heartbeat --loglevel INFO"]

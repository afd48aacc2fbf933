# The site: web, site worker and beat are this image with three commands. Built without any index: the wheels come
# from `make wheels`. Any base with Python 3.11, its venv module and a Debian-like user land will do.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS environment
COPY wheels/site /wheels
COPY requirements/site.txt /requirements.txt
RUN python3 -m venv /opt/coursehub \
 && /opt/coursehub/bin/pip install --no-index --find-links /wheels --no-cache-dir --disable-pip-version-check -r /requirements.txt

FROM ${BASE_IMAGE}
COPY --from=environment /opt/coursehub /opt/coursehub
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin coursehub \
 && install -d -o 10001 -g 10001 /srv/state /srv/runner-token
WORKDIR /srv/coursehub
ENV PATH=/opt/coursehub/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=coursehub.settings COURSEHUB_STATE=/srv/state
COPY manage.py ./
COPY deploy/__init__.py deploy/prepare.py deploy/health.py deploy/
COPY runners/__init__.py runners/protocol.py runners/suite_protocol.py runners/broker.py runners/
COPY gpu_worker/suites gpu_worker/suites
COPY courses courses
COPY templates templates
COPY grading grading
COPY coursehub coursehub
# Static files carry their hash in their name; they are made once, here. The state made on the way is thrown away.
RUN COURSEHUB_STATE=/tmp/build python manage.py collectstatic --no-input --verbosity 0 && rm -rf /tmp/build
USER 10001
EXPOSE 8000
CMD ["gunicorn", "coursehub.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]

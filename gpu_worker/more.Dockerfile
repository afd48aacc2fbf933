# The sandbox of an environment that is another one with a few small packages more, such as numpy-pytest: that one's
# image and one layer. Everything else is said in gpu_worker/Dockerfile.
ARG BASE_IMAGE=python:3.11-slim-bookworm
ARG PARENT_IMAGE=coursehub/sandbox-numpy:latest

FROM ${BASE_IMAGE} AS packages
ARG PACKAGES=pytest
COPY wheels/${PACKAGES} /wheels
RUN python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-cache-dir --no-compile \
        --no-index --no-deps --target /opt/site /wheels/*.whl \
    && rm -rf /opt/site/bin /opt/site/share \
    && { python3 -m compileall -q --invalidation-mode unchecked-hash /opt/site >/dev/null || true; } \
    && chmod -R a+rX,go-w /opt/site

FROM ${PARENT_IMAGE}
ARG ENVIRONMENT=numpy-pytest
COPY --from=packages /opt/site /opt/site
RUN /opt/python/bin/python3 -I -S -X utf8 /opt/coursehub/gpu_worker/harness/start.py "$ENVIRONMENT" try
LABEL org.coursehub.environment=${ENVIRONMENT}

# docker build --tag tap-frontcore . && docker run --rm --env TAP_FRONTCORE_API_KEY tap-frontcore --config=ENV --test
FROM python:3.13-slim AS build
WORKDIR /source
# Only what the wheel needs, so that .venv and .env stay outside without a .dockerignore.
COPY pyproject.toml README.md LICENSE ./
COPY tap_frontcore tap_frontcore
# The versions that the tests have.
COPY tests/constraints.txt tests/
RUN pip wheel --no-cache-dir --wheel-dir /wheels --constraint tests/constraints.txt .

FROM python:3.13-slim
RUN --mount=type=bind,from=build,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index /wheels/*.whl
# A number, so that Kubernetes' runAsNonRoot can check it. The tap writes no file: --read-only works.
USER 10001
ENTRYPOINT ["tap-frontcore"]

FROM python:3.13-slim AS build
WORKDIR /app
RUN python -m venv /venv && /venv/bin/python -m pip install --no-cache-dir "uv>=0.9,<1"
COPY requirements-server.lock ./
RUN /venv/bin/uv pip install --no-cache --compile-bytecode --python /venv/bin/python --require-hashes --requirements requirements-server.lock

FROM python:3.13-slim
# Pango draws the text of PDF reports.
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin cutscore
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 STATIC_ROOT=/app/static-collected
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py ./
COPY config config
COPY apps apps
COPY templates templates
COPY static static
COPY fixtures fixtures
# These values serve this one command; nothing of them stays in the image.
RUN SECRET_KEY=only-for-this-command-and-never-for-serving-a-single-request \
    DATABASE_URL=postgresql://nobody@localhost/nothing REDIS_URL=redis://localhost:6379/0 \
    python manage.py collectstatic --noinput --verbosity 0
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["python", "-m", "config.serve", "--host", "0.0.0.0", "--port", "8000", "config.wsgi:application"]

# syntax=docker/dockerfile:1
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update && apt-get install -y --no-install-recommends cmake g++ make && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked && cp target/release/footlight /footlight

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --create-home footlight
COPY --from=build /footlight /usr/local/bin/footlight
# By number, so that Kubernetes can see that it is not root.
USER 10001
WORKDIR /data
# The SQLite file, unless DATABASE_URL names another database.
VOLUME /data
ENV LISTEN=0.0.0.0:8080 LOG_FORMAT=json
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["footlight", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["footlight"]
CMD ["serve"]

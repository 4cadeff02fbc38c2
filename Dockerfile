# The operator's image: the bundle on Node 24, without a shell, without npm and without root.
# The tags were not verified against their registries; before a release, check them and pin both by digest.

FROM node:24-trixie-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# No package may run code of its own here; the bundle needs none of their build steps.
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN node scripts/bundle.ts

FROM gcr.io/distroless/nodejs24-debian13:nonroot
LABEL org.opencontainers.image.title="scalingtier-operator" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY LICENSE /operator/LICENSE
COPY --from=build /build/dist/ /operator/
USER 65532:65532
# What a sweep reads is garbage a moment later: a small young generation and an old one that grows slowly keep the process
# well below the memory that it would let itself have, and what is freed goes back to the system. Two helper threads are all that
# a share of one core has room for: more of them take the main thread's place when they collect.
ENV MALLOC_MMAP_THRESHOLD_=32768 MALLOC_ARENA_MAX=2
# Node is process 1: it gets SIGTERM itself and hands the lease back.
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=3", "--v8-pool-size=2", "--heap-growing-percent=30", "/operator/scalingtier-operator.mjs"]
CMD ["run"]

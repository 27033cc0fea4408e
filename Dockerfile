# The worker. Built with the development packages, run without them; Debian, because Temporal's SDK needs glibc.

FROM node:20.19.5-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.mjs scripts/build.mjs
COPY src src
RUN npm run build && npm prune --omit=dev

# The AWS emulators of the profile `trial`: not part of the product's image.
FROM python:3.12.11-slim-bookworm AS emulators
RUN pip install --no-cache-dir --disable-pip-version-check \
    moto==5.2.5 flask==3.1.3 flask-cors==6.0.5 PyYAML==6.0.3 py-partiql-parser==0.6.3 joserfc==1.8.0 ministack==1.5.33 \
 && useradd --create-home --uid 1000 emulator
USER emulator
WORKDIR /home/emulator

FROM node:20.19.5-bookworm-slim AS worker
# Temporal's connection verifies servers with the system's certificates, which the slim image does not have.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY bin bin
COPY schema schema
COPY examples examples
COPY scripts/worker-health.mjs scripts/worker-health.mjs
USER node
HEALTHCHECK --interval=30s --timeout=15s --start-period=30s --retries=3 CMD ["node", "scripts/worker-health.mjs"]
CMD ["node", "dist/src/worker.js"]
